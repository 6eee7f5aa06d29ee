import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { GreengateError } from '@greengate/contracts'

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
