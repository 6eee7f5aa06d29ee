import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { GreengateError } from '@greengate/contracts'

/** As `check` names its runs: their names are in the order in which they began. */
const RUN_NAME = /^\d{8}T\d{6,9}Z-[0-9a-f]+$/

/**
 * Finished runs of a project that began after a run, the newest first.
 * @param runId of that run; one that no `check` gave is older than all
 */
export async function bundlesAfter(cwd: string, runId: string): Promise<string[]> {
  const folder = join(cwd, '.greengate', 'runs')
  const names = (await readdir(folder).catch((): string[] => [])).sort().reverse()
  const newer = RUN_NAME.test(runId) ? names.filter((name) => name > runId) : names.filter((name) => name !== runId)
  return newer.map((name) => join(folder, name))
}

/** The newest finished run of a project. @throws GreengateError EVIDENCE_INVALID without one */
export async function latestBundle(cwd: string): Promise<string> {
  const folder = join(cwd, '.greengate', 'runs')
  const names = (await readdir(folder).catch((): string[] => [])).sort().reverse()
  for (const name of names) {
    const sealed = await stat(join(folder, name, 'ledger', 'checkpoint')).catch(() => null)
    if (sealed) return join(folder, name)
  }
  throw new GreengateError('EVIDENCE_INVALID', 'There is no evidence of a finished run here.', {
    where: folder,
    fix: 'Run `greengate check` first, or name the bundle.',
  })
}
