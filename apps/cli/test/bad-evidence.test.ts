// Goal: evidence that is not whole, not ours, not of now or not in its one form opens nothing, and the message says where.
// Method: a real run's bundle, changed in one way each, through `greengate verify`.
import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, expectNoTrace, Project } from './project.ts'

const files = { 'package.json': '{"name":"shop","version":"1.0.0"}\n', 'a.js': 'export const one = 1\n' }
const project = new Project(files)
const stranger = new Project({ ...files, 'b.js': '2\n' })
afterAll(() => {
  project.remove()
  stranger.remove()
})

let copies = 0
let bundle = ''
let root = ''

beforeAll(async () => {
  bundle = await judge(project)
  root = join(project.root, 'trust-root.json')
  writeFileSync(root, (await project.call(['trust'])).stdout)
})

/** One run of some checks of the tree. Returns the folder of its evidence. */
async function judge(where: Project, node: readonly string[] = []): Promise<string> {
  const ended = await where.run(['check', '--only', 'SCR-01,SUP-01,QLT-03', '--fresh'], { node })
  expect(ended.code, ended.stderr).toBe(1)
  const runs = join(where.dir, '.greengate/runs')
  return join(runs, readdirSync(runs).sort().at(-1) ?? '')
}

/** Verifies a copy of the bundle that was changed. */
async function verifyChanged(change: (dir: string) => void, of: string = bundle): Promise<Ended> {
  const dir = join(project.root, `bundle-${(copies += 1)}`)
  cpSync(of, dir, { recursive: true })
  change(dir)
  const ended = await project.call(['verify', dir, '--trust-root', root])
  expectNoTrace(ended)
  return ended
}

/** Refused: exit code 1, a code, and a place below the bundle. */
function expectRefused(ended: Ended, says: RegExp): void {
  expect(ended.code, ended.stdout).toBe(1)
  expect(ended.stdout).not.toMatch(/^Verified:/m)
  expect(ended.stderr).toMatch(says)
  expect(ended.stderr).toMatch(/^ {2}where: \S/m)
  expect(ended.stderr).toMatch(/^ {2}code: {2}[A-Z_]+$/m)
}

const envelopes = (dir: string): readonly string[] => readdirSync(join(dir, 'envelopes')).sort()
const envelope = (dir: string, index = 0): string => join(dir, 'envelopes', envelopes(dir)[index] ?? '')
const text = (file: string): string => readFileSync(file, 'utf8')
const ledgerOf = (dir: string): string =>
  join(dir, 'ledger', readdirSync(join(dir, 'ledger')).find((name) => name !== 'checkpoint') ?? '')

describe('evidence', () => {
  test('unchanged: verified, so that what follows is refused for its change alone', async () => {
    const ended = await verifyChanged(() => undefined)
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toMatch(/^Verified: 3 of 3 statements/m)
  })

  describe('truncated', () => {
    test('in the middle of a statement', async () => {
      const half = (dir: string): void => truncateSync(envelope(dir), Math.floor(text(envelope(dir)).length / 2))
      expectRefused(await verifyChanged(half), /envelopes/)
    })
    test('by a statement', async () => {
      expectRefused(await verifyChanged((dir) => rmSync(envelope(dir, 1))), /envelopes|missing/)
    })
    test('by the last line of the ledger', async () => {
      const cut = (dir: string): void =>
        writeFileSync(ledgerOf(dir), text(ledgerOf(dir)).split('\n').slice(0, -2).join('\n') + '\n')
      expectRefused(await verifyChanged(cut), /ledger|entries|checkpoint/i)
    })
    test.each(['bundle.json', 'ledger/checkpoint'])('by %s', async (name) => {
      expectRefused(await verifyChanged((dir) => rmSync(join(dir, name))), /bundle|checkpoint/)
    })
    test('by the keys beside it, which are for people: whose signatures count is said by the trust root', async () => {
      const ended = await verifyChanged((dir) => rmSync(join(dir, 'keys'), { recursive: true }))
      expect(ended.code).toBe(0)
    })
    test('to an empty file', async () => {
      expectRefused(await verifyChanged((dir) => truncateSync(envelope(dir), 0)), /envelopes/)
    })
    test('to nothing', async () => {
      expectRefused(await verifyChanged((dir) => rmSync(dir, { recursive: true })), /bundle-\d+/)
    })
  })

  describe('reordered', () => {
    test('in the ledger', async () => {
      const swap = (dir: string): void => {
        const [first = '', second = '', ...rest] = text(ledgerOf(dir)).split('\n')
        writeFileSync(ledgerOf(dir), [second, first, ...rest].join('\n'))
      }
      expectRefused(await verifyChanged(swap), /ledger|entries|checkpoint/i)
    })
    test('in the index', async () => {
      const swap = (dir: string): void => {
        const file = join(dir, 'bundle.json')
        const index = JSON.parse(text(file)) as { envelopes: string[] }
        const changed = text(file).replace(
          JSON.stringify(index.envelopes),
          JSON.stringify(index.envelopes.toReversed()),
        )
        expect(changed).not.toBe(text(file))
        writeFileSync(file, changed)
      }
      expectRefused(await verifyChanged(swap), /bundle\.json|ledger|index/i)
    })
    test('by the contents of two statements', async () => {
      const swap = (dir: string): void => {
        renameSync(envelope(dir, 0), `${envelope(dir, 0)}.x`)
        const [aside = ''] = envelopes(dir)
        const first = aside.replace(/\.x$/, '')
        renameSync(envelope(dir, 1), join(dir, 'envelopes', first))
        const second = envelopes(project.dir === dir ? dir : bundle)[1] ?? ''
        renameSync(join(dir, 'envelopes', aside), join(dir, 'envelopes', second))
      }
      expectRefused(await verifyChanged(swap), /digest|name/)
    })
  })

  describe('foreign', () => {
    test('signed by somebody else', async () => {
      const theirs = await judge(stranger)
      expectRefused(await verifyChanged(() => undefined, theirs), /trust|key|sign/i)
    })
    test('about something else', async () => {
      const digest = `sha256:${'0'.repeat(64)}`
      const ended = await project.call(['verify', bundle, '--trust-root', root, '--subject', digest])
      expectRefused(ended, /subject|about/i)
    })
    test('with one statement of another run put in', async () => {
      const other = await judge(project)
      // A failure that is not settled is handed on, and so is in both.
      const put = (dir: string): void => {
        const name = envelopes(other).find((one) => !envelopes(dir).includes(one)) ?? ''
        cpSync(join(other, 'envelopes', name), join(dir, 'envelopes', name))
      }
      expectRefused(await verifyChanged(put), /envelopes/)
    })
  })

  test('from the future', async () => {
    project.write('../ahead.mjs', 'const now = Date.now\nDate.now = () => now() + 86_400_000\n')
    const ahead = await judge(project, ['--import', join(project.root, 'ahead.mjs')])
    expectRefused(await verifyChanged(() => undefined, ahead), /future/i)
    rmSync(ahead, { recursive: true })
  })

  describe('encoded again', () => {
    test('with other blanks, in its place', async () => {
      const pretty = (dir: string): void =>
        writeFileSync(envelope(dir), JSON.stringify(JSON.parse(text(envelope(dir))), null, 1))
      expectRefused(await verifyChanged(pretty), /envelopes/)
    })
    test('with other blanks, under its new digest', async () => {
      const renamed = (dir: string): void => {
        const bytes = JSON.stringify(JSON.parse(text(envelope(dir))), null, 1)
        const old = envelope(dir)
        const digest = createHash('sha256').update(bytes).digest('hex')
        const was = (envelopes(dir)[0] ?? '').slice(0, 64)
        writeFileSync(join(dir, 'envelopes', `${digest}.json`), bytes)
        rmSync(old)
        for (const file of [join(dir, 'bundle.json'), ledgerOf(dir)])
          writeFileSync(file, text(file).replaceAll(was, digest))
      }
      expectRefused(await verifyChanged(renamed), /canonical|ledger|checkpoint|envelopes/i)
    })
    test('with another spelling of base64', async () => {
      const spelled = (dir: string): void =>
        writeFileSync(envelope(dir), text(envelope(dir)).replace(/"payload":"/, '"payload":"\\n'))
      expectRefused(await verifyChanged(spelled), /envelopes/)
    })
  })

  test('with nobody named whose signatures count', async () => {
    expect(await project.call(['verify', bundle])).toMatchObject({ code: 2 })
  })
})
