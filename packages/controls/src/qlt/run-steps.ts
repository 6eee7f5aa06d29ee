import { stripVTControlCharacters } from 'node:util'
import type { TreePort } from '@greengate/contracts'
import { z } from 'zod'
import type { Step } from './commands.ts'

/** Reports larger than this are not read. */
const REPORT_BYTES_MAX = 24 * 1024 * 1024
const STREAM_BYTES_MAX = 64 * 1024
const OUTPUT_BYTES_MAX = 160 * 1024 * 1024
/** What is left to write the answer after the steps were stopped. */
const MARGIN_MS = 3_000

const stepRunSchema = z.object({
  found: z.boolean(),
  exit: z.int().nullable(),
  signal: z.string().nullable(),
  timedOut: z.boolean(),
  stdout: z.string(),
  stderr: z.string(),
})
const reportFileSchema = z.object({
  path: z.string(),
  /** `stale`: it was there before and this run did not write it. */
  state: z.enum(['fresh', 'stale', 'missing', 'too-large']),
  text: z.string(),
})
const answerSchema = z.object({ steps: z.array(stepRunSchema), reports: z.array(reportFileSchema) })
export type StepsRun = z.infer<typeof answerSchema> & { readonly timedOut: boolean; readonly cpuMs: number }

/**
 * Runs inside the export as one command, so that the tree port runs it once however many checks ask. Each step starts only if
 * the one before ended well. Reports go to a folder of their own, `{reports}`, which is gone afterwards; a report that
 * lies elsewhere counts only if this run wrote it.
 */
const CHILD = String.raw`
const { spawn } = require('node:child_process')
const { mkdtempSync, rmSync, statSync, readFileSync, writeSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const plan = JSON.parse(process.argv[1])
const folder = mkdtempSync(join(tmpdir(), 'greengate-reports-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => process.exit(1))
const filled = (word) => word.replaceAll('{reports}', folder)
const stamp = (path) => {
  try {
    const stats = statSync(path, { bigint: true })
    return stats.isFile() ? [stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':') : ''
  } catch {
    return ''
  }
}
const before = plan.reports.map((path) => stamp(filled(path)))
const deadline = Date.now() + plan.timeoutMs
function keep(stream) {
  let text = ''
  stream.setEncoding('utf8')
  stream.on('data', (chunk) => {
    text += chunk
    // The end tells what went wrong: it is kept.
    if (text.length > 2 * plan.streamBytesMax) text = text.slice(-plan.streamBytesMax)
  })
  return () => text.slice(-plan.streamBytesMax)
}
function run(step) {
  return new Promise((resolve) => {
    const [program, ...args] = step.argv.map(filled)
    const env = { ...process.env, ...step.env }
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const stdout = keep(child.stdout)
    const stderr = keep(child.stderr)
    let timedOut = false
    let done = false
    const finish = (end) => {
      if (done) return
      done = true
      clearTimeout(timer)
      resolve({ found: true, exit: null, signal: null, timedOut, stdout: stdout(), stderr: stderr(), ...end })
    }
    const timer = setTimeout(() => {
      timedOut = true
      child.kill('SIGKILL')
      setTimeout(() => finish({}), 500)
    }, Math.max(1, deadline - Date.now()))
    child.on('error', (error) => finish({ found: error.code !== 'ENOENT', stderr: error.message }))
    child.on('close', (exit, signal) => finish({ exit, signal }))
  })
}
function read(path, index) {
  const file = filled(path)
  const now = stamp(file)
  if (now === '') return { path, state: 'missing', text: '' }
  if (now === before[index]) return { path, state: 'stale', text: '' }
  if (statSync(file).size > plan.reportBytesMax) return { path, state: 'too-large', text: '' }
  return { path, state: 'fresh', text: readFileSync(file, 'utf8') }
}
async function main() {
  const steps = []
  for (const step of plan.steps) {
    const ended = await run(step)
    steps.push(ended)
    if (ended.exit !== 0) break
  }
  const bytes = Buffer.from(JSON.stringify({ steps, reports: plan.reports.map(read) }))
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
}
main().then(() => process.exit(0), () => process.exit(1))
`

/** The end of what a step wrote, on one line: of both streams, since a runner reports on one and fails on the other. */
export function lastWords(
  { stdout, stderr }: { readonly stdout: string; readonly stderr: string },
  max: number,
): string {
  const [out, errors] = [flat(stdout), flat(stderr)]
  const ofErrors = errors.slice(-Math.max(Math.floor(max / 2), max - out.length - 1))
  return `${out.slice(-(max - ofErrors.length - 1))} ${ofErrors}`.trim()
}

const flat = (text: string): string => stripVTControlCharacters(text).replace(/\s+/g, ' ').trim()

/**
 * Runs steps in order and reads the reports they wrote. `{reports}` in words and report paths is a folder of this
 * run's own. Null if the run gave no answer at all: it was killed, or wrote more than is read.
 */
export async function runSteps(
  tree: TreePort,
  plan: { readonly steps: readonly Step[]; readonly reports: readonly string[]; readonly timeoutMs: number },
): Promise<StepsRun | null> {
  const words = {
    steps: plan.steps,
    reports: plan.reports,
    timeoutMs: plan.timeoutMs,
    reportBytesMax: REPORT_BYTES_MAX,
    streamBytesMax: STREAM_BYTES_MAX,
  }
  const run = await tree.run({
    argv: [process.execPath, '--input-type=commonjs', '--eval', CHILD, JSON.stringify(words)],
    timeoutMs: plan.timeoutMs + MARGIN_MS,
    outputBytesMax: OUTPUT_BYTES_MAX,
  })
  if (run.truncated) return null
  try {
    const answer = answerSchema.parse(JSON.parse(run.stdout))
    return { ...answer, timedOut: run.timedOut || answer.steps.some((step) => step.timedOut), cpuMs: run.cpuMs }
  } catch {
    return null
  }
}
