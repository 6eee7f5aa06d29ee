/**
 * Installs and judges three services that nobody here wrote, and compares the outcome with what was measured by hand.
 *
 * Usage: node scripts/examples.ts [unleash parse-server verdaccio] [--no-install]
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Report, reportSchema } from '@greengate/contracts'
import { z } from 'zod'
import { EXPLAINED, MAPPED, type MappedRow } from '../examples/mapping.ts'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const ALL = ['unleash', 'parse-server', 'verdaccio']
const GATE_TIMEOUT_MS = 20 * 60_000
const INSTALL_TIMEOUT_MS = 10 * 60_000

const measuredSchema = z.object({
  services: z.record(z.string(), z.record(z.string(), z.object({ verdict: z.string(), seen: z.string() }))),
})

function run(argv: readonly string[], cwd: string, timeout: number): void {
  const [program = '', ...args] = argv
  const ended = spawnSync(program, args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], timeout })
  if (ended.error) throw ended.error
  if (ended.status !== 0) throw new Error(`${argv.join(' ')} ended with ${ended.status ?? ended.signal}`)
}

function judge(name: string): Report {
  const folder = join(root, 'examples', name)
  const ended = spawnSync(
    process.execPath,
    [join(root, 'apps/cli/src/main.ts'), 'check', '--fresh', '--format', 'pretty'],
    {
      cwd: folder,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: GATE_TIMEOUT_MS,
    },
  )
  // Red is what a default configuration is expected to be; anything but a verdict is not.
  if (ended.status !== 0 && ended.status !== 1)
    throw new Error(`${name}: the gate ended with ${ended.status ?? ended.signal}`)
  return reportSchema.parse(JSON.parse(readFileSync(join(folder, '.greengate/latest/report.json'), 'utf8')))
}

/** What our aspects say of a row, in the words of the table. */
function verdictOf(report: Report, mapped: MappedRow): { verdict: string; codes: string } {
  const control = report.controls.find((one) => one.id === mapped.control)
  const aspects = mapped.aspects.map((name) => control?.aspects[name])
  const codes = mapped.aspects
    .map((name, index) => `${name}: ${aspects[index]?.outcome ?? 'not there'} (${aspects[index]?.code ?? '-'})`)
    .join(', ')
  if (aspects.some((aspect) => aspect?.outcome === 'fail')) return { verdict: 'FAIL', codes }
  if (!aspects.every((aspect) => aspect?.outcome === 'pass' || aspect?.outcome === 'not_applicable'))
    return { verdict: 'undecided', codes }
  return { verdict: aspects.some((aspect) => aspect?.outcome === 'pass') ? 'pass' : 'n/a', codes }
}

/** `weak` is right in substance and not to the letter: it agrees with a fail or a pass, as its meaning says both. */
function agrees(ours: string, theirs: string): boolean {
  if (theirs === 'n/a') return ours === 'n/a' || ours === 'undecided'
  if (theirs === 'weak') return ours === 'pass' || ours === 'FAIL'
  return ours === theirs
}

interface Compared {
  readonly same: number
  readonly explained: number
  readonly other: number
}

function compare(name: string, report: Report): Compared {
  const measured =
    measuredSchema.parse(JSON.parse(readFileSync(join(root, 'examples/measured.json'), 'utf8'))).services[name] ?? {}
  const marks: string[] = []
  for (const mapped of MAPPED) {
    const row = measured[mapped.row]
    if (!row) continue
    const ours = verdictOf(report, mapped)
    const explained = EXPLAINED.find(
      (one) => one.service === name && one.row === mapped.row && ours.codes.includes(one.saying),
    )
    const mark = agrees(ours.verdict, row.verdict) ? 'same' : explained ? 'explained' : 'OTHER'
    marks.push(mark)
    console.log(
      `${mark.padEnd(9)}  ${mapped.row.padEnd(15)} by hand ${row.verdict.padEnd(5)} ours ${ours.verdict.padEnd(9)} ${mapped.control} ${ours.codes}; by hand: ${row.seen}${mark === 'explained' ? `; ${explained?.because}` : ''}`,
    )
  }
  const count = (mark: string): number => marks.filter((one) => one === mark).length
  return { same: count('same'), explained: count('explained'), other: count('OTHER') }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'no-install': { type: 'boolean', default: false } },
})
const names = positionals.length > 0 ? positionals : ALL
let others = 0
for (const name of names) {
  if (!ALL.includes(name)) throw new Error(`there is no example ${name}: one of ${ALL.join(', ')}`)
  const folder = join(root, 'examples', name)
  if (!values['no-install'] || !existsSync(join(folder, 'node_modules')))
    run(['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder, INSTALL_TIMEOUT_MS)
  console.log(`\n== ${name}`)
  const result = compare(name, judge(name))
  console.log(
    `${name}: ${result.same} rows come out as measured by hand, ${result.explained} otherwise as its README proves, ${result.other} otherwise.`,
  )
  others += result.other
}
process.exitCode = others === 0 ? 0 : 1
