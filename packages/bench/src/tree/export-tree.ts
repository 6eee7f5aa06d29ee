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
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { GreengateError, type ToolCommand, type ToolRun, type TreeFile, type TreePort } from '@greengate/contracts'
import { Lifeline } from '../lifeline.ts'
import { isInside, linkDependencies } from './dependencies.ts'
import { type DigestEntry, digestBytes, digestEntries, digestFile } from './digest.ts'
import { byteOrder, listTree } from './list.ts'
import { inParallel } from './pool.ts'
import { runTool, staysInside } from './run-tool.ts'

/** Larger files are digested and listed as unreadable, never exported and never held in memory. */
const EXPORT_BYTES_MAX = 50 * 1024 * 1024
/** Smaller files are digested from the bytes that are written, larger ones from the copy. */
const IN_MEMORY_BYTES_MAX = 1024 * 1024
const READ_BYTES_MAX = 4 * 1024 * 1024
const WIDTH = 16
const REMOVAL = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 } as const
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
  const listing = await listTree({ dir, exclude: options.exclude, stateDir, folder: null, signal: options.signal })
  const found = await inParallel(listing.paths, WIDTH, (path) => {
    options.signal.throwIfAborted()
    return entryOf(dir, path)
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
async function entryOf(dir: string, path: string): Promise<DigestEntry | null> {
  const from = join(dir, path)
  try {
    const stats = await lstat(from)
    if (stats.isSymbolicLink()) {
      const target = await readlink(from, { encoding: 'buffer' })
      return { path, mode: 'link', sizeBytes: target.length, content: digestBytes(target) }
    }
    const sizeBytes = stats.size
    if (!stats.isFile()) return { path, mode: 'unreadable', sizeBytes, content: NEITHER }
    const content = await digestFile(from)
    return { path, mode: (stats.mode & 0o111) === 0 ? 'file' : 'executable', sizeBytes, content }
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
  const lifeline = new Lifeline(stateDir, `${options.runId}-tree`)
  try {
    // What a tool prints about its folder is compared with it.
    const scratch = await realpath(lifeline.folder('export'))
    const folder = (): string => lifeline.folder('index')
    const listing = await listTree({ dir, exclude: options.exclude, stateDir, folder, signal: options.signal })
    const root = join(scratch, 'tree', relative(listing.top, dir))
    await mkdir(root, { recursive: true })
    const folders = new Set(listing.paths.map((path) => dirname(path)))
    for (const folder of folders) await mkdir(join(root, folder), { recursive: true })
    const copies = await inParallel(listing.paths, WIDTH, (path) => {
      options.signal.throwIfAborted()
      return copyEntry(dir, root, path)
    })
    const present = copies.filter((copy) => copy !== null)
    const unreadable = [
      ...listing.unreadable,
      ...present.flatMap((copy) => (copy.reason === '' ? [] : [{ path: copy.path, reason: copy.reason }])),
    ]
    const files = present.map((copy) => copy.file)
    return new TreeFolder({
      dir, top: listing.top, root, files, unreadable: unreadable.toSorted((a, b) => byteOrder(a.path, b.path)),
      commit: listing.commit, gitDir: listing.gitDir, signal: options.signal, lifeline, scratch,
      digest: digestOfEntries(present.map((copy) => copy.entry), listing.unreadable), dirty: listing.dirty,
      toolRuns: [],
    }) // prettier-ignore
  } catch (error) {
    await rm(lifeline.root, REMOVAL).catch(() => undefined)
    lifeline.close()
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

async function copyEntry(dir: string, root: string, path: string): Promise<Copied | null> {
  const from = join(dir, path)
  const to = join(root, path)
  try {
    const stats = await lstat(from)
    if (stats.isSymbolicLink()) return await copyLink(dir, from, to, path)
    const sizeBytes = stats.size
    const executable = (stats.mode & 0o111) !== 0
    const file: TreeFile = { path, sizeBytes, executable }
    const mode = executable ? 'executable' : 'file'
    if (!stats.isFile()) return refused(file, NEITHER)
    if (sizeBytes > EXPORT_BYTES_MAX) {
      const content = await digestFile(from)
      const reason = `${Math.round(sizeBytes / 1024 / 1024)} MiB; at most ${EXPORT_BYTES_MAX / 1024 / 1024} are read`
      return { path, file, entry: { path, mode, sizeBytes, content }, reason }
    }
    // What is judged is what was digested, even if the file changes meanwhile.
    const copied = sizeBytes <= IN_MEMORY_BYTES_MAX ? await copySmall(from, to) : await copyLarge(from, to)
    await chmod(to, executable ? 0o755 : 0o644)
    return {
      path,
      file: { ...file, sizeBytes: copied.sizeBytes },
      entry: { path, mode, ...copied },
      reason: '',
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    // Tracked by git and deleted in the folder: the tree does not have it.
    if (code === 'ENOENT') return null
    return refused({ path, sizeBytes: 0, executable: false }, code)
  }
}

type CopiedBytes = Pick<DigestEntry, 'sizeBytes' | 'content'>

async function copySmall(from: string, to: string): Promise<CopiedBytes> {
  const bytes = await readFile(from)
  await writeFile(to, bytes)
  return { sizeBytes: bytes.length, content: digestBytes(bytes) }
}

async function copyLarge(from: string, to: string): Promise<CopiedBytes> {
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  const content = await digestFile(to)
  return { sizeBytes: (await lstat(to)).size, content }
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
  const target = await readlink(from, { encoding: 'buffer' })
  const link = target.toString('utf8')
  const sizeBytes = target.length
  if (!isAbsolute(link) && isInside(resolve(dirname(from), link), dir)) await symlink(link, to)
  return {
    path,
    file: { path, sizeBytes, executable: false, link },
    entry: { path, mode: 'link', sizeBytes, content: digestBytes(target) },
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
  readonly lifeline: Lifeline
  /** Temporary folder of the export, its forks and its tools. */
  readonly scratch: string
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
    const { dir, top, root, lifeline, signal } = this.#parts
    const paths = this.#parts.files.map((file) => file.path)
    this.#dependencies ??= linkDependencies({ dir, top, root, paths })
    this.#home ??= mkdtemp(join(this.#parts.scratch, 'home-'))
    const [home] = await Promise.all([this.#home, this.#dependencies])
    const run = await runTool({ root, home, original: top, lifeline, signal }, command)
    const { durationMs, cpuMs } = run
    this.#parts.toolRuns.push({ argv: command.argv, startedMs: performance.now() - durationMs, durationMs, cpuMs })
    return run
  }

  async fork(): Promise<TreePort & { write(path: string, content: string): Promise<void> }> {
    const parts = this.#parts
    const holder = await mkdtemp(join(parts.scratch, 'fork-'))
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
    const { scratch, lifeline } = this.#parts
    try {
      // Large, and nobody has to stand still for it.
      await rm(scratch, REMOVAL)
    } finally {
      lifeline.close()
    }
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
