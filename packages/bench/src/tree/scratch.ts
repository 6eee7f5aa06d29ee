import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const PREFIX = 'greengate-tree-'

/** A temporary folder that the next start removes if this process was killed. */
export interface Scratch {
  readonly folder: string
  remove(): Promise<void>
}

/** Makes a folder outside every repository, so that no tool finds the original's settings or modules above it. */
export async function makeScratch(stateDir: string, runId: string): Promise<Scratch> {
  const notes = join(stateDir, 'trees')
  await mkdir(notes, { recursive: true })
  await removeLeftBehind(notes)
  const folder = await realpath(await mkdtemp(join(tmpdir(), PREFIX)))
  const note = join(notes, `${basename(folder)}.json`)
  await writeFile(note, JSON.stringify({ folder, runId, pid: process.pid, started: startTicks(process.pid) }))
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
