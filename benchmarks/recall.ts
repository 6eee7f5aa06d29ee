/**
 * The checks of an unchanged repository's tree, judged again: this repository's last commit is cloned and judged once, then
 * `greengate check` runs on it again and again in a process of its own. Nothing is observed: the stored observations are
 * verified, judged and refuted again, signed and entered into the ledger. What came out undecided the first time is
 * observed again by design, so it is left out and named. Asked for: under 0.5 s. Held to it is what follows the reading
 * of the tree, as the report says it (`durationMs`); the whole process, from its start to its end, stands beside it.
 */
import { join } from 'node:path'
import { invariant, type Report } from '@greengate/contracts'
import { cloneOfThis, greengate, temporaryFolder } from './cli.ts'
import { aside, report, spreadOf } from './measure.ts'

const TREE = ['SCR-01', 'SUP-01', 'SUP-02', 'SUP-05', 'QLT-01', 'QLT-02', 'QLT-03', 'QLT-04']
const ROUNDS = 7

const folder = temporaryFolder()
const clone = cloneOfThis(folder)
const keyFile = join(folder, 'key.pem')
const judge = async (only: readonly string[]): Promise<{ report: Report; wallMs: number; cpuMs: number }> => {
  const run = await greengate(['check', '--only', only.join(','), '--format', 'json'], { cwd: clone, keyFile })
  invariant(run.exit === 0 || run.exit === 1, `greengate check says: ${run.stderr}`)
  return { report: JSON.parse(run.stdout) as Report, wallMs: run.wallMs, cpuMs: run.cpuMs }
}

const first = (await judge(TREE)).report
const decided = first.controls.filter((row) => row.outcome === 'pass' || row.outcome === 'fail').map((row) => row.id)
const left = TREE.filter((id) => !decided.includes(id as (typeof decided)[number]))
const inside: number[] = []
const whole: number[] = []
const cpu: number[] = []
for (let round = 0; round <= ROUNDS; round++) {
  const again = await judge(decided)
  const observed = again.report.controls.filter((row) => !row.cached).map((row) => row.id)
  invariant(observed.length === 0, `nothing is observed again, but ${observed.join(', ')} was`)
  if (round === 0) continue
  inside.push(again.report.durationMs)
  whole.push(again.wallMs)
  cpu.push(again.cpuMs)
}
report(
  `judging ${decided.length} tree checks of an unchanged repository again`,
  spreadOf(inside),
  500,
  'ms',
  `${aside('whole process', spreadOf(whole))}, ${aside('its CPU', spreadOf(cpu))}; first time ${first.durationMs} ms${left.length > 0 ? `; undecided and left out: ${left.join(', ')}` : ''}`,
)
