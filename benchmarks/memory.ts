/**
 * Memory of the command line itself: the largest resident set of its own process (VmHWM, the kernel's high-water mark)
 * during a full check of the reference service with everything observed anew. The service, the databases and the tools are
 * processes of their own and don't count. Asked for: under 250 MB, of 1,000,000 bytes each.
 *
 * One round takes minutes; `--rounds 3` takes more.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { invariant } from '@greengate/contracts'
import { greengate, ROOT, temporaryFolder } from './cli.ts'
import { report, spreadOf } from './measure.ts'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '1' } } })
const folder = temporaryFolder()
const peaks: number[] = []
let verdict = ''
for (let round = 0; round < Number(values.rounds); round++) {
  const args = ['check', '--fresh', '--format', 'json', '--out', join(folder, `out-${round}`)]
  const run = await greengate(args, { cwd: ROOT, keyFile: join(folder, 'key.pem') })
  invariant(run.exit === 0 || run.exit === 1, `greengate check says: ${run.stderr}`)
  invariant(run.peakKib > 0, 'this system says how much memory a process takes')
  const { verdict: came, durationMs } = JSON.parse(run.stdout) as { verdict: string; durationMs: number }
  verdict = `${came} after ${Math.round(durationMs / 1000)} s`
  peaks.push((run.peakKib * 1024) / 1_000_000)
}
report("the command line's own peak of memory in a full check", spreadOf(peaks), 250, 'MB', verdict)
