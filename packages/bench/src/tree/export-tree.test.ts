import { mkdir, mkdtemp, open, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { digestTree, exportTree, ignoreMatcher, makeTree } from './index.ts'
import { readStat } from '../proc.ts'
import { Slots } from './pool.ts'

const open_: { close(): Promise<void> }[] = []
const folders: string[] = []
afterEach(async () => {
  await Promise.all(open_.splice(0).map((tree) => tree.close()))
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'greengate-test-'))
  folders.push(path)
  return path
}

async function exported(dir: string, stateDir: string) {
  const tree = await exportTree({ dir, exclude: [], stateDir, runId: 'test', signal: new AbortController().signal })
  open_.push(tree)
  return tree
}

describe('exportTree', () => {
  it('keeps the digest of an unchanged tree, and changes it with one byte', async () => {
    const dir = await folder()
    const state = await folder()
    await writeFile(join(dir, 'a.txt'), 'one')
    const first = await exported(dir, state)
    const second = await exported(dir, state)
    await writeFile(join(dir, 'a.txt'), 'two')
    const third = await exported(dir, state)
    expect(second.digest).toBe(first.digest)
    expect(third.digest).not.toBe(first.digest)
    expect(await third.read('a.txt')).toBe('two')
    expect(first.dirty).toBe(true)
  })

  it('gives the same digest without copying: files, links, folders of links, and large and deleted ones', async () => {
    const dir = await folder()
    const state = await folder()
    await mkdir(join(dir, 'sub'))
    await symlink('..', join(dir, 'sub', 'loop'))
    await writeFile(join(dir, 'tool.sh'), 'true', { mode: 0o755 })
    const large = await open(join(dir, 'big.bin'), 'w')
    await large.truncate(60 * 1024 * 1024)
    await large.close()
    const tree = await exported(dir, state)
    const now = () => digestTree({ dir, exclude: [], stateDir: state, signal: new AbortController().signal })
    expect(await now()).toBe(tree.digest)
    await writeFile(join(dir, 'tool.sh'), 'fals')
    expect(await now()).not.toBe(tree.digest)
    await rm(join(dir, 'tool.sh'))
    expect(await now()).toBe((await exported(dir, state)).digest)
  })

  it('records the tools that were run, in forks too, with what they took', async () => {
    const dir = await folder()
    const tree = await exported(dir, await folder())
    const argv = [process.execPath, '-e', 'while (process.cpuUsage().user < 150_000);']
    await tree.run({ argv, timeoutMs: 20_000 })
    await tree.run({ argv, timeoutMs: 20_000 })
    await (await tree.fork()).run({ argv: [process.execPath, '-e', '0'], timeoutMs: 20_000 })
    expect(tree.toolRuns.map((run) => run.argv.at(-1))).toEqual([argv[2], '0'])
    expect(tree.toolRuns[0]?.cpuMs).toBeGreaterThan(30)
    expect(tree.toolRuns[0]?.durationMs).toBeGreaterThan(0)
  })

  it('lets the one with the most weight go first, and those of the same weight in their order', async () => {
    const slots = new Slots(1)
    const order: string[] = []
    const one = (name: string, weight: number) => slots.hold(weight, async () => void order.push(name))
    await Promise.all([one('first', 1), one('light', 1), one('heavy', 3), one('light too', 1), one('middle', 2)])
    expect(order).toEqual(['first', 'heavy', 'middle', 'light', 'light too'])
  })

  it('lists links without following them, loops included, and does not make links that lead out', async () => {
    const dir = await folder()
    await mkdir(join(dir, 'sub'))
    await symlink('..', join(dir, 'sub', 'loop'))
    await symlink('/etc/passwd', join(dir, 'out'))
    const tree = await exported(dir, await folder())
    expect(tree.files.map((file) => [file.path, file.link])).toEqual([
      ['out', '/etc/passwd'],
      ['sub/loop', '..'],
    ])
    await expect(tree.read('out')).rejects.toMatchObject({ code: 'SUBJECT_UNREADABLE' })
    await expect(stat(join(tree.root, 'out'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('records a file of 200 MB as unreadable instead of leaving it out', async () => {
    const dir = await folder()
    const file = await open(join(dir, 'big.bin'), 'w')
    await file.truncate(200 * 1024 * 1024)
    await file.close()
    const tree = await exported(dir, await folder())
    expect(tree.unreadable).toEqual([{ path: 'big.bin', reason: '200 MiB; at most 50 are read' }])
    expect(tree.has('big.bin')).toBe(true)
  })

  it('takes what git tracks and would track, and says whether anything differs from the commit', async () => {
    const made = await makeTree(
      { '.gitignore': 'ignored\n', 'a.txt': 'a' },
      { git: [{ 'old.txt': 'x' }, { 'old.txt': null }] },
    )
    open_.push(made)
    expect(made.files.map((file) => file.path)).toEqual(['.gitignore', 'a.txt'])
    expect(made.dirty).toBe(false)
    expect(made.commit).toMatch(/^[0-9a-f]{40}$/)
    await writeFile(join(made.dir, 'new.txt'), 'n')
    await writeFile(join(made.dir, 'ignored'), 'i')
    const again = await exported(made.dir, await folder())
    expect(again.dirty).toBe(true)
    expect(again.has('new.txt')).toBe(true)
    expect(again.has('ignored')).toBe(false)
  })

  it('gives tools a scrubbed environment, ends them in time, bounds their output and runs each command once', async () => {
    const tree = await makeTree({ 'count.sh': '#!/bin/sh\necho x >> count.txt\nenv\n' })
    open_.push(tree)
    process.env['GREENGATE_TEST_LEAK'] = 'leaked'
    const run = await tree.run({ argv: ['./count.sh'], timeoutMs: 5000 })
    await tree.run({ argv: ['./count.sh'], timeoutMs: 5000 })
    delete process.env['GREENGATE_TEST_LEAK']
    expect(run.stdout).toContain('CI=true')
    expect(run.stdout).not.toContain('leaked')
    expect(await readFile(join(tree.root, 'count.txt'), 'utf8')).toBe('x\n')
    const slow = await tree.run({ argv: ['sleep', '30'], timeoutMs: 100 })
    expect([slow.timedOut, slow.exit]).toEqual([true, null])
    const loud = await tree.run({ argv: ['seq', '100000'], timeoutMs: 5000, outputBytesMax: 1000 })
    expect([loud.truncated, loud.exit, loud.stdout.length < 1100]).toEqual([true, 0, true])
    expect((await tree.run({ argv: ['no-such-program-here'], timeoutMs: 100 })).found).toBe(false)
    const busy = await tree.run({
      argv: [process.execPath, '-e', 'while(process.cpuUsage().user<150000);'],
      timeoutMs: 5000,
    })
    expect(busy.cpuMs).toBeGreaterThan(80)
  })

  it('ends what a tool left running in a session of its own', async () => {
    const tree = await makeTree({ 'a.txt': 'a' })
    open_.push(tree)
    const child = "spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })"
    const program = `const child = require('node:child_process').${child}; child.unref(); console.log(child.pid)`
    const run = await tree.run({ argv: [process.execPath, '-e', program], timeoutMs: 20_000 })
    expect(run).toMatchObject({ exit: 0, timedOut: false })
    const state = readStat(Number(run.stdout))?.state ?? 'Z'
    expect(state).toBe('Z')
  })

  it('links dependencies so that workspaces lead into the export, and forks without touching it', async () => {
    const dir = await folder()
    await mkdir(join(dir, 'packages/a'), { recursive: true })
    await mkdir(join(dir, 'node_modules/dep'), { recursive: true })
    await writeFile(join(dir, 'package.json'), '{}')
    await writeFile(join(dir, 'packages/a/where.txt'), 'original')
    await writeFile(join(dir, 'node_modules/dep/index.js'), 'x')
    await symlink('../packages/a', join(dir, 'node_modules/a'))
    const tree = await exported(dir, await folder())
    const where = await tree.run({ argv: ['readlink', '-f', 'node_modules/a'], timeoutMs: 5000 })
    expect(where.stdout.trim()).toBe(join(tree.root, 'packages/a'))
    const fork = await tree.fork()
    await fork.write('packages/a/where.txt', 'planted')
    expect(await fork.read('packages/a/where.txt')).toBe('planted')
    expect(await tree.read('packages/a/where.txt')).toBe('original')
    expect((await fork.run({ argv: ['cat', 'node_modules/dep/index.js'], timeoutMs: 5000 })).stdout).toBe('x')
    await expect(fork.write('../out.txt', 'x')).rejects.toMatchObject({ code: 'SUBJECT_UNREADABLE' })
  })
})

describe('ignoreMatcher', () => {
  it.each([
    ['*.log', 'a/b.log', true],
    ['/build/', 'build/x', true],
    ['/build/', 'src/build/x', false],
    ['docs/**/*.md', 'docs/a/b.md', true],
    ['a/*', 'b/a/c', false],
  ])('%s on %s: %s', (pattern, path, ignored) => {
    expect(ignoreMatcher([pattern])(path)).toBe(ignored)
  })
})
