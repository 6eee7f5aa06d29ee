// Goal: what the guides of the kit show works, as it stands there.
// Method: each block that starts with "ts run" is written to a file inside of the package, so that its name resolves as it
// does for whoever installed it, and run as a process of its own, two at a time. The compiler looks at them as well.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from './sources.ts'

const guides = join(root, 'docs/guides/kit')
const kit = join(root, 'packages/kit')
const LIMIT_MS = 20_000
const AT_ONCE = 2

interface Block {
  readonly name: string
  readonly page: string
  readonly code: string
}

interface Outcome {
  readonly code: number | null
  readonly output: string
}

function blocksOf(page: string): Block[] {
  const text = readFileSync(join(guides, page), 'utf8')
  const found = [...text.matchAll(/^```ts run\n([\s\S]*?)^```$/gm)]
  return found.map((match, index) => ({ name: `${page} block ${index + 1}`, page, code: match[1] ?? '' }))
}

const pages = readdirSync(guides)
  .filter((name) => name.endsWith('.md'))
  .toSorted()
const blocks = pages.flatMap((page) => blocksOf(page))

function run(args: readonly string[]): Promise<Outcome> {
  const { PATH, HOME, TMPDIR } = process.env
  const env = Object.fromEntries(Object.entries({ PATH, HOME, TMPDIR }).filter(([, value]) => value !== undefined))
  const child = spawn(process.execPath, args, { cwd: kit, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  const take = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-20_000)
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      output += `\nstill running after ${LIMIT_MS} ms`
      child.kill('SIGKILL')
    }, LIMIT_MS)
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code, output })
    })
  })
}

function fileOf(folder: string, block: Block): string {
  return join(folder, `${block.name.replaceAll(/[^a-z0-9]+/g, '-')}.ts`)
}

describe('guides of the kit', () => {
  const outcomes = new Map<string, Outcome>()
  let folder = ''

  beforeAll(async () => {
    folder = mkdtempSync(join(kit, '.guides-'))
    for (const block of blocks) writeFileSync(fileOf(folder, block), block.code)
    const waiting = [...blocks]
    const work = async (): Promise<void> => {
      for (let block = waiting.shift(); block; block = waiting.shift())
        outcomes.set(block.name, await run([fileOf(folder, block)]))
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  }, 300_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(blocks.map((block) => block.name))('%s runs and ends by itself', (name) => {
    const { code, output } = outcomes.get(name) ?? { code: null, output: 'it was not run' }
    expect(code, output).toBe(0)
  })

  it('have the types that they seem to have', async () => {
    const config = join(folder, 'tsconfig.json')
    writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['*.ts'], exclude: [] }))
    const compiler = createRequire(import.meta.url).resolve('typescript/package.json')
    const { code, output } = await run([join(dirname(compiler), 'bin/tsc'), '--noEmit', '-p', config])
    expect(code, output).toBe(0)
  })

  it('show something that runs on every page', () => {
    expect(pages.length).toBeGreaterThan(0)
    expect(pages.filter((page) => !blocks.some((block) => block.page === page))).toEqual([])
  })

  it('have a page for every room: one whose example uses it', () => {
    const manifest = JSON.parse(readFileSync(join(kit, 'package.json'), 'utf8')) as { exports: Record<string, string> }
    // The whole, what only its parts need, and what its own README shows.
    const exempt = ['.', './context', './http']
    const rooms = Object.keys(manifest.exports).filter((path) => !exempt.includes(path))
    expect(rooms.length).toBeGreaterThan(5)
    const used = (path: string): boolean =>
      blocks.some(({ code }) => code.includes(`'${path.replace(/^\./, '@greengate/kit')}'`))
    expect(rooms.filter((path) => !used(path))).toEqual([])
  })
})
