import { constants } from 'node:fs'
import { copyFile, link, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { packageFolders } from './list.ts'
import { inParallel } from './pool.ts'

/** Tools write here in place, which would reach the original through a hard link. */
const WRITTEN_IN_PLACE = new Set(['.cache', '.vite', '.vite-temp', '.vitest', '.tmp'])
const VIRTUAL_ENVIRONMENTS = ['.venv', 'venv']
/** Files of a virtual environment that may name its own folder are small. */
const REWRITE_BYTES_MAX = 256 * 1024

interface Job {
  readonly from: string
  readonly to: string
}

/**
 * Makes what is installed beside the tree available in its export, without running an installer: folders are made
 * anew, files become hard links (copies on another disk), links keep their target, so that a link to a workspace
 * leads into the export. Paths to the original that a virtual environment holds are rewritten.
 */
export async function linkDependencies(options: {
  /** The original tree and the top of its repository. */
  readonly dir: string
  readonly top: string
  /** The export of `dir`; the export of `top` is as many levels above it. */
  readonly root: string
  readonly paths: readonly string[]
}): Promise<void> {
  const { dir, root } = options
  const places: Job[] = []
  for (const folder of packageFolders(options.paths)) places.push(pair(dir, root, join(folder, 'node_modules')))
  for (const name of VIRTUAL_ENVIRONMENTS) places.push(pair(dir, root, name))
  for (
    let up = relative(options.top, dir), at = '..';
    up !== '';
    up = up.includes(sep) ? dirname(up) : '', at = join(at, '..')
  ) {
    places.push(pair(dir, root, join(at, 'node_modules')))
  }
  const known = new Set(options.paths)
  for (const place of places) {
    // Modules that are committed are part of the tree and were exported with it.
    if ([...known].some((path) => path.startsWith(`${relative(dir, place.from).split(sep).join('/')}/`))) continue
    await linkFolder(place, dir, root)
  }
}

function pair(dir: string, root: string, path: string): Job {
  return { from: join(dir, path), to: join(root, path) }
}

async function linkFolder(start: Job, dir: string, root: string): Promise<void> {
  const stats = await lstat(start.from).catch(() => null)
  if (!stats) return
  await mkdir(dirname(start.to), { recursive: true })
  if (stats.isSymbolicLink()) return makeLink(start, dir, root)
  if (!stats.isDirectory()) return
  let level: Job[] = [start]
  while (level.length > 0) {
    const next: Job[][] = await inParallel(level, 16, (job) => linkEntries(job, dir, root))
    level = next.flat()
  }
}

async function linkEntries(job: Job, dir: string, root: string): Promise<Job[]> {
  await mkdir(job.to, { recursive: true })
  const folders: Job[] = []
  for (const entry of await readdir(job.from, { withFileTypes: true })) {
    const inner = { from: join(job.from, entry.name), to: join(job.to, entry.name) }
    if (entry.isSymbolicLink()) await makeLink(inner, dir, root)
    else if (entry.isDirectory()) {
      if (!WRITTEN_IN_PLACE.has(entry.name)) folders.push(inner)
    } else if (entry.isFile()) await makeFile(inner, dir, root)
  }
  return folders
}

async function makeFile(job: Job, dir: string, root: string): Promise<void> {
  if (namesItsFolder(job.from)) {
    const stats = await lstat(job.from)
    const text = stats.size <= REWRITE_BYTES_MAX ? await readFile(job.from, 'utf8') : ''
    if (text.includes(dir)) {
      await writeFile(job.to, text.replaceAll(dir, root), { mode: stats.mode & 0o777 })
      return
    }
  }
  try {
    await link(job.from, job.to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
    await copyFile(job.from, job.to, constants.COPYFILE_FICLONE)
  }
}

/** Scripts of a virtual environment, editable installs. */
function namesItsFolder(file: string): boolean {
  return /\.pth$|__editable__|[\\/]\.?venv[\\/]bin[\\/]|pyvenv\.cfg$/.test(file)
}

async function makeLink(job: Job, dir: string, root: string): Promise<void> {
  const target = await readlink(job.from)
  let translated = target
  if (isAbsolute(target)) {
    if (isInside(target, dir)) translated = join(root, relative(dir, target))
  } else if (!isInside(resolve(dirname(job.from), target), dir)) {
    // A link out of the tree, as `npm link` makes it: from the export it would lead nowhere.
    translated = resolve(dirname(job.from), target)
  }
  await symlink(translated, job.to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`)
}
