import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { storageError } from '../state-file.ts'

const PREFIX = 'greengate-tree-'

/** A temporary folder that the next start removes if this process was killed. */
export interface Scratch {
  readonly folder: string
  remove(): Promise<void>
}

/**
 * Makes a folder outside every repository, so that no tool finds the original's settings or modules above it.
 * @throws GreengateError SANDBOX_FAILED when there is no space or no permission
 */
export async function makeScratch(stateDir: string, runId: string): Promise<Scratch> {
  const notes = join(stateDir, 'trees')
  try {
    await mkdir(notes, { recursive: true })
    await removeLeftBehind(notes)
  } catch (error) {
    throw storageError(notes, error)
  }
  const made = await mkdtemp(join(tmpdir(), PREFIX)).catch((error: unknown) => {
    throw storageError(tmpdir(), error)
  })
  const folder = await realpath(made)
  const note = join(notes, `${basename(folder)}.json`)
  try {
    await writeFile(note, JSON.stringify({ folder, runId, pid: process.pid, started: startTicks(process.pid) }))
  } catch (error) {
    // Without its note nobody would ever remove it.
    await rm(folder, { recursive: true, force: true })
    await rm(note, { force: true })
    throw storageError(note, error)
  }
  return {
    folder,
    async remove() {
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
      await rm(note, { force: true })
    },
  }
}

async function removeLeftBehind(notes: string): Promise<void> {
  for (const name of await readdir(notes)) {
    const note = join(notes, name)
    const text = await readFile(note, 'utf8').catch(() => '')
    const stored = parseNote(text)
    if (stored) {
      if (startTicks(stored.pid) === stored.started) continue
      if (basename(stored.folder).startsWith(PREFIX)) await rm(stored.folder, { recursive: true, force: true })
    }
    await rm(note, { force: true })
  }
}

function parseNote(text: string): { folder: string; pid: number; started: string } | null {
  try {
    const value: unknown = JSON.parse(text)
    if (
      typeof value !== 'object' ||
      value === null ||
      !('folder' in value) ||
      !('pid' in value) ||
      !('started' in value)
    )
      return null
    const { folder, pid, started } = value
    if (typeof folder !== 'string' || typeof pid !== 'number' || typeof started !== 'string') return null
    return { folder, pid, started }
  } catch {
    return null
  }
}

/** Tells a process from a later one with the same number. Empty: no such process. */
function startTicks(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    if (process.platform === 'linux') return ''
    try {
      process.kill(pid, 0)
      return 'running'
    } catch {
      return ''
    }
  }
}
