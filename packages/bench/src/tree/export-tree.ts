import { constants } from 'node:fs'
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  realpath,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { GreengateError, type ToolCommand, type ToolRun, type TreeFile, type TreePort } from '@greengate/contracts'
import { isInside, linkDependencies } from './dependencies.ts'
import { DigestCache, type DigestEntry, digestBytes, digestEntries, digestFile } from './digest.ts'
import { byteOrder, listTree } from './list.ts'
import { inParallel } from './pool.ts'
import { runTool, staysInside } from './run-tool.ts'
import { makeScratch, type Scratch } from './scratch.ts'

/** Larger files are digested and listed as unreadable, never exported and never held in memory. */
const EXPORT_BYTES_MAX = 50 * 1024 * 1024
/** Smaller files are digested from the bytes that are written, larger ones from the copy. */
const IN_MEMORY_BYTES_MAX = 1024 * 1024
const READ_BYTES_MAX = 4 * 1024 * 1024
const WIDTH = 16
const NEITHER = 'neither a file nor a link'

export interface ExportTreeOptions {
  /** The folder to judge. */
  readonly dir: string
  /** What does not belong to the service, gitignore syntax. */
  readonly exclude: readonly string[]
  /** Where Greengate keeps its state (`.greengate`); never part of the tree. */
  readonly stateDir: string
  readonly runId: string
  readonly signal: AbortSignal
}

/** A tool that was run in the export or in a fork of it, and what it took. */
export interface ToolRecord {
  readonly argv: readonly string[]
  /** When it started, milliseconds of `performance.now()`. */
  readonly startedMs: number
  readonly durationMs: number
  /** User and system time of the tool and its children; 0 where it could not be measured. */
  readonly cpuMs: number
}

export interface ExportedTree extends TreePort {
  /** The tools that have ended so far, in the order of their end. */
  readonly toolRuns: readonly ToolRecord[]
  /** `sha256:` over sorted paths, modes, sizes and contents. */
  readonly digest: string
  /** Whether anything differs from the commit, files that git does not know included; true without git. */
  readonly dirty: boolean
  /** Removes the export and all its forks. Idempotent. */
  close(): Promise<void>
}

/**
 * Digest of the tree as it is now, without copying it: whether it is still the one that was exported.
 * @throws GreengateError SUBJECT_UNREADABLE, TREE_TOO_LARGE
 */
export async function digestTree(options: Omit<ExportTreeOptions, 'runId'>): Promise<string> {
  const dir = await folderOf(options.dir)
  const stateDir = resolve(options.stateDir)
  const [listing, cache] = await Promise.all([
    listTree({ dir, exclude: options.exclude, stateDir, signal: options.signal }),
    DigestCache.open(stateDir, dir),
  ])
  const found = await inParallel(listing.paths, WIDTH, (path) => {
    options.signal.throwIfAborted()
    return entryOf(dir, path, cache)
  })
  return digestOfEntries(
    found.filter((entry) => entry !== null),
    listing.unreadable,
  )
}

async function folderOf(dir: string): Promise<string> {
  return realpath(dir).catch((error: NodeJS.ErrnoException) => {
    throw new GreengateError('SUBJECT_UNREADABLE', `There is no such folder: ${error.code ?? error.message}`, {
      where: dir,
    })
  })
}

function digestOfEntries(
  present: readonly DigestEntry[],
  unreadable: readonly { readonly path: string; readonly reason: string }[],
): string {
  const refused = unreadable.map(({ path, reason }) => ({
    path,
    mode: 'unreadable' as const,
    sizeBytes: 0,
    content: reason,
  }))
  return digestEntries([...present, ...refused].toSorted((a, b) => byteOrder(a.path, b.path)))
}

/** What `copyEntry` would have digested of the same file. */
async function entryOf(dir: string, path: string, cache: DigestCache): Promise<DigestEntry | null> {
  const from = join(dir, path)
  try {
    const stats = await lstat(from, { bigint: true })
    if (stats.isSymbolicLink()) {
      const link = await readlink(from)
      return { path, mode: 'link', sizeBytes: Buffer.byteLength(link), content: digestBytes(link) }
    }
    const sizeBytes = Number(stats.size)
    if (!stats.isFile()) return { path, mode: 'unreadable', sizeBytes, content: NEITHER }
    const content = cache.get(path, stats) ?? (await digestFile(from))
    return { path, mode: (stats.mode & 0o111n) === 0n ? 'file' : 'executable', sizeBytes, content }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    return code === 'ENOENT' ? null : { path, mode: 'unreadable', sizeBytes: 0, content: code }
  }
}

/**
 * Copies the tree into a folder of its own and digests what it copied.
 * @throws GreengateError SUBJECT_UNREADABLE, TREE_TOO_LARGE
 */
export async function exportTree(options: ExportTreeOptions): Promise<ExportedTree> {
  const dir = await folderOf(options.dir)
  const stateDir = resolve(options.stateDir)
  const listing = await listTree({ dir, exclude: options.exclude, stateDir, signal: options.signal })
  const scratch = await makeScratch(stateDir, options.runId)
  try {
    const root = join(scratch.folder, 'tree', relative(listing.top, dir))
    await mkdir(root, { recursive: true })
    const cache = await DigestCache.open(stateDir, dir)
    const folders = new Set(listing.paths.map((path) => dirname(path)))
    for (const folder of folders) await mkdir(join(root, folder), { recursive: true })
    const copies = await inParallel(listing.paths, WIDTH, (path) => {
      options.signal.throwIfAborted()
      return copyEntry(dir, root, path, cache)
    })
    await cache.save(dir)
    const present = copies.filter((copy) => copy !== null)
    const unreadable = [
      ...listing.unreadable,
      ...present.flatMap((copy) => (copy.reason === '' ? [] : [{ path: copy.path, reason: copy.reason }])),
    ]
    const files = present.map((copy) => copy.file)
    return new TreeFolder({
      dir, top: listing.top, root, files, unreadable: unreadable.toSorted((a, b) => byteOrder(a.path, b.path)),
      commit: listing.commit, gitDir: listing.gitDir, signal: options.signal, scratch,
      digest: digestOfEntries(present.map((copy) => copy.entry), listing.unreadable), dirty: listing.dirty,
      toolRuns: [],
    }) // prettier-ignore
  } catch (error) {
    await scratch.remove()
    throw error
  }
}

interface Copied {
  readonly path: string
  readonly file: TreeFile
  readonly entry: DigestEntry
  /** Why it is not in the export; empty: it is. */
  readonly reason: string
}

async function copyEntry(dir: string, root: string, path: string, cache: DigestCache): Promise<Copied | null> {
  const from = join(dir, path)
  const to = join(root, path)
  try {
    const stats = await lstat(from, { bigint: true })
    if (stats.isSymbolicLink()) return await copyLink(dir, from, to, path)
    const sizeBytes = Number(stats.size)
    const executable = (stats.mode & 0o111n) !== 0n
    const file: TreeFile = { path, sizeBytes, executable }
    const mode = executable ? 'executable' : 'file'
    if (!stats.isFile()) return refused(file, NEITHER)
    const known = cache.get(path, stats)
    if (sizeBytes > EXPORT_BYTES_MAX) {
      const content = known ?? (await digestFile(from))
      cache.set(path, stats, content, Date.now())
      const reason = `${Math.round(sizeBytes / 1024 / 1024)} MiB; at most ${EXPORT_BYTES_MAX / 1024 / 1024} are read`
      return { path, file, entry: { path, mode, sizeBytes, content }, reason }
    }
    let content = known
    if (content === null && sizeBytes <= IN_MEMORY_BYTES_MAX) {
      const bytes = await readFile(from)
      await writeFile(to, bytes)
      content = digestBytes(bytes)
      await chmod(to, executable ? 0o755 : 0o644)
      cache.set(path, stats, content, Date.now())
      return {
        path,
        file: { ...file, sizeBytes: bytes.length },
        entry: { path, mode, sizeBytes: bytes.length, content },
        reason: '',
      }
    }
    await copyFile(from, to, constants.COPYFILE_FICLONE)
    await chmod(to, executable ? 0o755 : 0o644)
    const after = await lstat(from, { bigint: true })
    // What is judged is what was digested: a file that changed meanwhile is digested as it was copied.
    if (content === null || after.ctimeNs !== stats.ctimeNs || after.size !== stats.size) content = await digestFile(to)
    const copied = Number((await lstat(to)).size)
    if (after.ctimeNs === stats.ctimeNs) cache.set(path, stats, content, Date.now())
    return { path, file: { ...file, sizeBytes: copied }, entry: { path, mode, sizeBytes: copied, content }, reason: '' }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    // Tracked by git and deleted in the folder: the tree does not have it.
    if (code === 'ENOENT') return null
    return refused({ path, sizeBytes: 0, executable: false }, code)
  }
}

function refused(file: TreeFile, reason: string): Copied {
  return {
    path: file.path,
    file,
    reason,
    entry: { path: file.path, mode: 'unreadable', sizeBytes: file.sizeBytes, content: reason },
  }
}

/** Links are listed; they are made again only where they lead into the tree, so that no tool reads outside. */
async function copyLink(dir: string, from: string, to: string, path: string): Promise<Copied> {
  const link = await readlink(from)
  const sizeBytes = Buffer.byteLength(link)
  if (!isAbsolute(link) && isInside(resolve(dirname(from), link), dir)) await symlink(link, to)
  return {
    path,
    file: { path, sizeBytes, executable: false, link },
    entry: { path, mode: 'link', sizeBytes, content: digestBytes(link) },
    reason: '',
  }
}

interface Parts {
  readonly dir: string
  readonly top: string
  readonly root: string
  readonly files: readonly TreeFile[]
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[]
  readonly commit: string
  readonly gitDir: string | null
  readonly signal: AbortSignal
  readonly scratch: Scratch
  readonly digest: string
  readonly dirty: boolean
  /** Shared with the forks. */
  readonly toolRuns: ToolRecord[]
}

class TreeFolder implements ExportedTree {
  readonly #parts: Parts
  #files: TreeFile[]
  #byPath: Map<string, TreeFile>
  readonly #refused: ReadonlySet<string>
  readonly #runs = new Map<string, Promise<ToolRun>>()
  #dependencies: Promise<void> | null = null
  #home: Promise<string> | null = null

  constructor(parts: Parts) {
    this.#parts = parts
    this.#files = [...parts.files]
    this.#byPath = new Map(parts.files.map((file) => [file.path, file]))
    this.#refused = new Set(parts.unreadable.map((entry) => entry.path))
  }

  get root(): string {
    return this.#parts.root
  }
  get files(): readonly TreeFile[] {
    return this.#files
  }
  get unreadable(): readonly { readonly path: string; readonly reason: string }[] {
    return this.#parts.unreadable
  }
  get commit(): string {
    return this.#parts.commit
  }
  get gitDir(): string | null {
    return this.#parts.gitDir
  }
  get gitPrefix(): string {
    return this.#parts.gitDir === null ? '' : relative(this.#parts.top, this.#parts.dir).split(sep).join('/')
  }
  get digest(): string {
    return this.#parts.digest
  }
  get dirty(): boolean {
    return this.#parts.dirty
  }
  get toolRuns(): readonly ToolRecord[] {
    return this.#parts.toolRuns
  }

  has(path: string): boolean {
    return this.#byPath.has(path)
  }

  async read(path: string): Promise<string> {
    const file = this.#byPath.get(path)
    const refuse = (why: string): GreengateError =>
      new GreengateError('SUBJECT_UNREADABLE', `${path} can't be read: ${why}`, { where: path })
    if (!file) throw refuse('it is not in the tree')
    if (file.link !== undefined) throw refuse('it is a link')
    if (this.#refused.has(path)) throw refuse(this.#parts.unreadable.find((entry) => entry.path === path)?.reason ?? '')
    if (file.sizeBytes > READ_BYTES_MAX) throw refuse(`it has ${file.sizeBytes} bytes`)
    try {
      return (await readFile(join(this.root, path), 'utf8')).replace(/^\uFEFF/, '')
    } catch (error) {
      throw refuse((error as NodeJS.ErrnoException).code ?? String(error))
    }
  }

  run(command: ToolCommand): Promise<ToolRun> {
    const env = Object.entries(command.env ?? {}).toSorted(([a], [b]) => byteOrder(a, b))
    const key = JSON.stringify([command.argv, command.cwd ?? '.', env])
    const known = this.#runs.get(key)
    if (known) return known
    const run = this.#run(command)
    this.#runs.set(key, run)
    return run
  }

  async #run(command: ToolCommand): Promise<ToolRun> {
    const { dir, top, root, signal } = this.#parts
    const paths = this.#parts.files.map((file) => file.path)
    this.#dependencies ??= linkDependencies({ dir, top, root, paths })
    this.#home ??= mkdtemp(join(this.#parts.scratch.folder, 'home-'))
    const [home] = await Promise.all([this.#home, this.#dependencies])
    const run = await runTool({ root, home, original: top, signal }, command)
    const { durationMs, cpuMs } = run
    this.#parts.toolRuns.push({ argv: command.argv, startedMs: performance.now() - durationMs, durationMs, cpuMs })
    return run
  }

  async fork(): Promise<TreePort & { write(path: string, content: string): Promise<void> }> {
    const parts = this.#parts
    const holder = await mkdtemp(join(parts.scratch.folder, 'fork-'))
    const root = join(holder, relative(parts.top, parts.dir))
    await mkdir(root, { recursive: true })
    for (const folder of new Set(this.#files.map((file) => dirname(file.path))))
      await mkdir(join(root, folder), { recursive: true })
    await inParallel(this.#files, WIDTH, async (file) => {
      if (this.#refused.has(file.path)) return
      const from = join(this.root, file.path)
      const to = join(root, file.path)
      if (file.link === undefined) await copyFile(from, to, constants.COPYFILE_FICLONE)
      else if (!isAbsolute(file.link) && isInside(resolve(dirname(to), file.link), root)) await symlink(file.link, to)
    })
    return new Fork({ ...parts, root, files: [...this.#files] })
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#runs.values())
    await this.#parts.scratch.remove()
  }

  /** For forks: a file that was written after the export. */
  protected note(file: TreeFile): void {
    this.#byPath.set(file.path, file)
    this.#files = [...this.#byPath.values()].toSorted((a, b) => byteOrder(a.path, b.path))
    this.#runs.clear()
  }
}

class Fork extends TreeFolder {
  /** @throws GreengateError SUBJECT_UNREADABLE for a path that leaves the tree. */
  async write(path: string, content: string): Promise<void> {
    if (!staysInside(path)) throw new GreengateError('SUBJECT_UNREADABLE', 'The path leaves the tree.', { where: path })
    const file = join(this.root, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
    this.note({ path, sizeBytes: Buffer.byteLength(content), executable: false })
  }
}
