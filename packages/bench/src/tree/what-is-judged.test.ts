/**
 * Goal: the digest follows everything that is in a tree, and a tree that no commit holds is dirty, whatever git was told
 * not to look at and whatever lies in the state folder.
 * Method: real repositories and folders, each changed in the one way that must be seen.
 */
import { execFileSync } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { digestTree, exportTree, type ExportedTree } from './index.ts'

const folders: string[] = []
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'gg-judged-'))
  folders.push(path)
  return path
}

function git(dir: string, ...args: readonly string[]): string {
  const settings = ['-c', 'user.name=t', '-c', 'user.email=t@localhost', '-c', 'protocol.file.allow=always']
  return execFileSync('git', [...settings, ...args], { cwd: dir, encoding: 'utf8', stdio: 'pipe' }).trim()
}

/** A repository with these files, committed. */
async function repository(files: Readonly<Record<string, string>>): Promise<string> {
  const dir = await folder()
  git(dir, 'init', '-q')
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(dir, path, '..'), { recursive: true })
    await writeFile(join(dir, path), content)
  }
  commit(dir)
  return dir
}

function commit(dir: string): void {
  git(dir, 'add', '-A')
  git(dir, 'commit', '-qm', 'state')
}

/** What is said of the tree now; the digest without a copy must be the same. */
async function read(dir: string, stateDir?: string): Promise<Pick<ExportedTree, 'digest' | 'dirty' | 'unreadable'>> {
  const options = { dir, exclude: [], stateDir: stateDir ?? (await folder()), signal: new AbortController().signal }
  const tree = await exportTree({ ...options, runId: 'test' })
  await tree.close()
  expect(await digestTree(options)).toBe(tree.digest)
  return tree
}

describe('a tree that no commit holds', () => {
  it.each(['--skip-worktree', '--assume-unchanged'])('is dirty where a change is hidden with %s', async (flag) => {
    const dir = await repository({ 'server.js': 'one\n', 'lib/other.js': 'one\n' })
    git(dir, 'update-index', flag, 'server.js', 'lib/other.js')
    expect((await read(dir)).dirty).toBe(false)
    await writeFile(join(dir, 'lib/other.js'), 'two\n')
    expect(git(dir, 'status', '--porcelain')).toBe('')
    expect((await read(dir)).dirty).toBe(true)
    expect((await read(join(dir, 'lib'))).dirty).toBe(true)
  })

  it('is dirty where a hidden file was deleted, and where a hidden one became executable', async () => {
    const dir = await repository({ 'a.js': 'one\n', 'b.sh': 'one\n' })
    git(dir, 'update-index', '--skip-worktree', 'a.js')
    await rm(join(dir, 'a.js'))
    expect((await read(dir)).dirty).toBe(true)
    await writeFile(join(dir, 'a.js'), 'one\n')
    expect((await read(dir)).dirty).toBe(false)
    git(dir, 'update-index', '--assume-unchanged', 'b.sh')
    execFileSync('chmod', ['+x', join(dir, 'b.sh')])
    expect((await read(dir)).dirty).toBe(true)
  })

  it('is dirty where a file of the same size and time was put, even if git is told to look at no more', async () => {
    const dir = await repository({ 'a.js': 'one\n' })
    const file = join(dir, 'a.js')
    execFileSync('touch', ['-d', '2026-01-01T00:00:00Z', file])
    git(dir, 'config', 'core.trustctime', 'false')
    git(dir, 'config', 'core.checkStat', 'minimal')
    git(dir, 'update-index', '--refresh')
    const before = lstatSync(file)
    // git compares this time in whole seconds.
    const second = (ms: number): number => Math.floor(ms / 1000)
    await expect.poll(() => second(Date.now()), { timeout: 10_000 }).toBeGreaterThan(second(before.ctimeMs))
    execFileSync('sh', ['-c', 'printf "two\\n" > a.js && touch -d 2026-01-01T00:00:00Z a.js'], { cwd: dir })
    expect(lstatSync(file).mtimeMs).toBe(before.mtimeMs)
    expect((await read(dir)).dirty).toBe(true)
  })

  it('is not one of which a sparse checkout left something out, nor one with line endings of the platform', async () => {
    const dir = await repository({
      '.gitattributes': '*.js text eol=crlf\n',
      'kept/a.js': 'one\r\n',
      'left/b.js': '1\r\n',
    })
    git(dir, 'sparse-checkout', 'set', 'kept')
    expect(git(dir, 'ls-files', '-v', 'left')).toBe('S left/b.js')
    expect((await read(dir)).dirty).toBe(false)
    git(dir, 'update-index', '--assume-unchanged', 'kept/a.js')
    expect((await read(dir)).dirty).toBe(false)
    await writeFile(join(dir, 'kept/a.js'), 'two\r\n')
    expect((await read(dir)).dirty).toBe(true)
  })
})

describe('the digest of a tree', () => {
  it('follows the commit that a submodule points to, and whether it was changed', async () => {
    const library = await repository({ 'index.js': 'one\n' })
    const dir = await repository({ 'services/shop/a.js': '1\n' })
    const shop = join(dir, 'services/shop')
    git(shop, 'submodule', 'add', '-q', library, 'vendor')
    commit(dir)
    const first = await read(shop)
    expect(first.unreadable).toEqual([
      {
        path: 'vendor',
        reason: `git submodule at ${git(library, 'rev-parse', 'HEAD')}: its files belong to another repository`,
      },
    ])
    expect(first.dirty).toBe(false)
    await writeFile(join(shop, 'vendor/index.js'), 'two\n')
    const changed = await read(shop)
    expect(changed.dirty).toBe(true)
    expect(changed.digest).not.toBe(first.digest)
    commit(join(shop, 'vendor'))
    commit(dir)
    const second = await read(shop)
    expect(second.dirty).toBe(false)
    expect(new Set([first.digest, changed.digest, second.digest]).size).toBe(3)
  })

  it.each([true, false])('follows files whose names are not UTF-8 (git: %s)', async (withGit) => {
    const dir = withGit ? await repository({ 'a.js': '1\n' }) : await folder()
    const odd = (byte: number): Buffer => Buffer.concat([Buffer.from(`${dir}/caf`), Buffer.of(byte)])
    await writeFile(odd(0xe9), 'one\n')
    await writeFile(odd(0xe8), 'one\n')
    if (withGit) commit(dir)
    const first = await read(dir)
    expect(first.unreadable.map((entry) => entry.path)).toEqual(['caf\\xe8', 'caf\\xe9'])
    await writeFile(odd(0xe9), 'two\n')
    const second = await read(dir)
    await rm(odd(0xe9))
    const third = await read(dir)
    expect(new Set([first.digest, second.digest, third.digest]).size).toBe(3)
    await writeFile(join(dir, 'caf\uFFFD'), 'a name like any other\n')
    expect((await read(dir)).unreadable).toHaveLength(1)
  })

  it('follows the bytes of what a link leads to', async () => {
    const dir = await folder()
    await symlink(Buffer.of(0xe9), join(dir, 'link'))
    const first = await read(dir)
    await rm(join(dir, 'link'))
    await symlink(Buffer.of(0xe8), join(dir, 'link'))
    expect((await read(dir)).digest).not.toBe(first.digest)
  })

  it('believes nothing that lies in the state folder, where the service can write', async () => {
    const dir = await repository({ 'server.js': 'one\n' })
    const state = join(dir, '.greengate')
    const first = await read(dir, state)
    await writeFile(join(dir, 'server.js'), 'two\n')
    const { size, mtimeNs, ctimeNs, ino } = lstatSync(join(dir, 'server.js'), { bigint: true })
    const known = execFileSync('sha256sum', { input: 'one\n', encoding: 'utf8' }).slice(0, 64)
    const entries = [['server.js', `${size}:${mtimeNs}:${ctimeNs}:${ino}`, known]]
    await mkdir(join(state, 'cache'), { recursive: true })
    await writeFile(join(state, 'cache/tree-digests.json'), JSON.stringify({ version: 1, dir, entries }))
    expect((await read(dir, state)).digest).not.toBe(first.digest)
  })
})
