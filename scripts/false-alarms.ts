/**
 * Runs the gate again and again on the unchanged reference, every second time beside two processes that burn a core each,
 * and counts what isn't green. Can be stopped and started again: it goes on where it was, as long as the tree is the same.
 *
 * Usage: node scripts/false-alarms.ts [--runs 20] [--restart]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { reportSchema } from '@greengate/contracts'
import { z } from 'zod'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stateFile = join(root, '.greengate', 'false-alarms.json')
const RUN_TIMEOUT_MS = 15 * 60_000

const runSchema = z.object({
  subject: z.string(),
  hogs: z.boolean(),
  exit: z.number().nullable(),
  durationMs: z.number(),
  verdict: z.string(),
  controls: z.number(),
  notGreen: z.array(z.string()),
})
type Run = z.infer<typeof runSchema>

/** Burns a core, and ends with this process however that ends: then its standard input is over. */
const HOG = `
  process.stdin.resume().on('end', () => process.exit())
  const burn = () => {
    const endMs = performance.now() + 50
    while (performance.now() < endMs) Math.sqrt(Math.random())
    setImmediate(burn)
  }
  burn()`

function hog(): ChildProcess {
  return spawn(process.execPath, ['-e', HOG], { stdio: ['pipe', 'ignore', 'ignore'] })
}

async function once(hogs: boolean): Promise<Run> {
  const burning = hogs ? [hog(), hog()] : []
  const startedMs = performance.now()
  try {
    const { exit, stdout } = await new Promise<{ exit: number | null; stdout: string }>((resolve) => {
      const child = spawn(
        process.execPath,
        [join(root, 'apps/cli/src/main.ts'), 'check', '--fresh', '--format', 'json'],
        {
          cwd: root,
          stdio: ['ignore', 'pipe', 'ignore'],
          timeout: RUN_TIMEOUT_MS,
        },
      )
      let text = ''
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
      child.on('close', (code) => resolve({ exit: code, stdout: text }))
    })
    const durationMs = Math.round(performance.now() - startedMs)
    const parsed = reportSchema.safeParse(parseOrNull(stdout))
    if (!parsed.success)
      return {
        subject: '',
        hogs,
        exit,
        durationMs,
        verdict: 'none',
        controls: 0,
        notGreen: [`no report, exit ${exit}`],
      }
    const { subject, verdict, controls } = parsed.data
    const notGreen = controls
      .filter((control) => control.status !== 'pass' && control.status !== 'not_applicable')
      .map((control) => `${control.id} ${control.status}: ${control.reason.slice(0, 200)}`)
    return { subject: subject.digest, hogs, exit, durationMs, verdict, controls: controls.length, notGreen }
  } finally {
    for (const child of burning) child.kill('SIGKILL')
  }
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function load(): Run[] {
  if (!existsSync(stateFile)) return []
  return z.array(runSchema).parse(JSON.parse(readFileSync(stateFile, 'utf8')))
}

/** Upper end of the one-sided 95 % interval for a rate of which `n` trials showed `k` = 0 (Clopper-Pearson: 1 - 0.05^(1/n)). */
const boundForNone = (n: number): number => 1 - 0.05 ** (1 / n)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '20' }, restart: { type: 'boolean', default: false } },
  })
  const wanted = Number(values.runs)
  let runs = values.restart ? [] : load()
  mkdirSync(dirname(stateFile), { recursive: true })
  while (runs.length < wanted) {
    const run = await once(runs.length % 2 === 1)
    if (runs[0] && runs[0].subject !== run.subject && run.subject !== '') {
      console.log('The tree has changed: starting over.')
      runs = []
    }
    runs.push(run)
    writeFileSync(stateFile, JSON.stringify(runs, null, 2))
    console.log(
      `run ${runs.length} of ${wanted}${run.hogs ? ' beside two CPU hogs' : ''}: ${run.verdict}, exit ${run.exit}, ${Math.round(run.durationMs / 1000)} s${run.notGreen.map((line) => `\n  ${line}`).join('')}`,
    )
  }
  const alarms = runs.filter((run) => run.verdict !== 'green').length
  const rows = runs.reduce((sum, run) => sum + run.controls, 0)
  const badRows = runs.reduce((sum, run) => sum + run.notGreen.length, 0)
  console.log(
    `${runs.length} runs, ${runs.filter((run) => run.hogs).length} beside hogs: ${alarms} not green; ${badRows} of ${rows} control outcomes not green.`,
  )
  if (alarms === 0) {
    console.log(
      `95 % bound on the rate of false alarms: ${(boundForNone(runs.length) * 100).toFixed(1)} % of runs, ${(boundForNone(rows) * 100).toFixed(2)} % of outcomes.`,
    )
  }
  process.exitCode = alarms === 0 ? 0 : 1
}

await main()
