import { accessSync, constants, lstatSync, mkdirSync, mkdtempSync } from 'node:fs'
import { homedir, tmpdir, userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { storageError } from './state-file.ts'

/**
 * The one state folder of the user, for what belongs to no project: positive controls, drills, trees of tests. Always the
 * same, so that the next start finds what a killed one noted. `$XDG_STATE_HOME/greengate`, else
 * `~/.local/state/greengate`; where there is no home that can be written, a folder of the user's own beside the temporary
 * ones.
 * @throws GreengateError SANDBOX_FAILED where none of them can be written
 */
export function userStateDir(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const named = env['XDG_STATE_HOME'] ?? ''
  // The specification of XDG wants relative ones ignored.
  const base = isAbsolute(named) ? named : join(env['HOME'] || homedir(), '.local', 'state')
  const atHome = join(base, 'greengate')
  if (makeOwn(atHome)) return atHome
  const beside = join(tmpdir(), `greengate-state-${userInfo().uid}`)
  if (makeOwn(beside)) return beside
  try {
    return mkdtempSync(join(tmpdir(), 'greengate-state-'))
  } catch (cause) {
    throw storageError(tmpdir(), cause)
  }
}

/** Whether it is there, can be written, and nobody else can say what is in it: a note there ends processes. */
function makeOwn(path: string): boolean {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
    accessSync(path, constants.W_OK | constants.X_OK)
    const stats = lstatSync(path)
    const own = process.getuid === undefined || (stats.uid === process.getuid() && (stats.mode & 0o022) === 0)
    return stats.isDirectory() && own
  } catch {
    return false
  }
}
