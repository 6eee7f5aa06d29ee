/**
 * Goal: every feature of the kit that a check can see is one that the gate misses when it is gone: taken out of the kit, the
 * reference service that stands on it turns the named control red. Method: a copy of the kit and of the service, one feature
 * cut out of the copy, the real gate run on it for that one control.
 */
import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { reportSchema } from '@greengate/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { REMOVALS, type Removal } from './kit-removals.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const PLATFORM = 'apps/reference/platform'
const SKIPPED = /(?:^|\/)(?:node_modules|\.greengate|reports|coverage)(?:\/|$)|\.test\.ts$/
const RUN_TIMEOUT_MS = 300_000

let folder = ''
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'kit-removals-')))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A tree with the service and the kit as files of its own, and everything else as it is installed here. */
function copyOf(name: string): string {
  const copy = join(folder, name)
  for (const part of ['packages/kit', PLATFORM]) {
    cpSync(join(root, part), join(copy, part), {
      recursive: true,
      filter: (path) => !SKIPPED.test(path.slice(root.length)),
    })
  }
  for (const file of ['package.json', 'package-lock.json', 'tsconfig.json']) cpSync(join(root, file), join(copy, file))
  const modules = join(copy, 'node_modules')
  mkdirSync(join(modules, '@greengate'), { recursive: true })
  for (const one of readdirSync(join(root, 'node_modules')))
    if (one !== '@greengate') symlinkSync(join(root, 'node_modules', one), join(modules, one))
  for (const one of readdirSync(join(root, 'node_modules/@greengate'))) {
    const target = one === 'kit' ? join(copy, 'packages/kit') : realpathSync(join(root, 'node_modules/@greengate', one))
    symlinkSync(target, join(modules, '@greengate', one))
  }
  return copy
}

function cutOut(copy: string, removal: Removal): void {
  for (const { file, from, to } of removal.cuts) {
    const path = join(copy, file)
    const text = readFileSync(path, 'utf8')
    // What is no longer there can't be taken out: the list has to follow the kit.
    if (text.split(from).length !== 2)
      throw new Error(`${removal.feature}: ${file} holds ${text.split(from).length - 1} times, not once: ${from}`)
    writeFileSync(
      path,
      text.replace(from, () => to),
    )
  }
}

/** What the gate says about each control asked for. */
function judged(copy: string, controls: readonly string[]): Promise<Map<string, string>> {
  const argv = [
    join(root, 'apps/cli/src/main.ts'),
    'check',
    '--only',
    controls.join(','),
    '--fresh',
    '--format',
    'json',
  ]
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      argv,
      { cwd: join(copy, PLATFORM), timeout: RUN_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 },
      (_error, stdout, stderr) => {
        try {
          const report = reportSchema.parse(JSON.parse(stdout))
          resolve(new Map(report.controls.map((one) => [one.id, `${one.status}: ${one.reason}`])))
        } catch (cause) {
          reject(new Error(`the gate gave no report: ${stderr.slice(-2000)}`, { cause }))
        }
      },
    )
  })
}

describe('the kit as it is', () => {
  test('makes every control green that a removal is to turn red', { timeout: RUN_TIMEOUT_MS }, async () => {
    const controls = [...new Set(REMOVALS.map(({ control }) => control))].toSorted()
    const outcomes = await judged(copyOf('whole'), controls)
    expect(controls.map((id) => `${id} ${outcomes.get(id)?.split(':')[0]}`)).toEqual(controls.map((id) => `${id} pass`))
  })
})

describe.concurrent('a kit without', () => {
  test.each(REMOVALS.map((removal, index) => ({ ...removal, index })))(
    '$feature: $control is red',
    { timeout: RUN_TIMEOUT_MS },
    async (removal) => {
      const copy = copyOf(`removal-${removal.index}`)
      cutOut(copy, removal)
      const outcomes = await judged(copy, [removal.control])
      expect(outcomes.get(removal.control)).toMatch(/^fail: /)
    },
  )
})
