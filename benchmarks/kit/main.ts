/**
 * What the kit's whole default set costs, beside bare Fastify and beside the plugins that people usually take: CPU of the
 * server per request, user and system, and throughput. All servers run at once and are loaded in turn, so that whatever
 * else the machine does meets all of them; a ratio is made within a round.
 *
 * Asked for: at most 25 us of CPU a request for the kit where bare Fastify takes 10, which is 2.5 times, or a throughput of
 * 0.4 of it; and at least 2.5 times the throughput of the usual set.
 *
 * Usage: node benchmarks/kit/main.ts [--rounds 7] [--ms 3000]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { report, type Spread, spreadOf } from '../measure.ts'
import { closedLoop } from './closed-loop.ts'
import { REQUEST } from './request.ts'

const CONNECTIONS = 32
const NAMES = ['bare', 'kit', 'usual'] as const
type Name = (typeof NAMES)[number]

interface Sample {
  readonly cpuUs: number
  readonly perS: number
}

async function start(name: Name): Promise<{ child: ChildProcess; port: number }> {
  // Log lines go to /dev/null: a system call each, and no reader to share the machine with.
  const child = fork(join(import.meta.dirname, `server-${name}.ts`), [], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const { port } = await answerOf<{ port: number }>(child)
  return { child, port }
}

function answerOf<T>(child: ChildProcess, question?: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void => reject(new Error(`a server ended with ${code}`))
    child.once('exit', gone)
    child.once('message', (message) => {
      child.off('exit', gone)
      resolve(message as T)
    })
    if (question !== undefined) child.send(question)
  })
}

async function sample(server: { child: ChildProcess; port: number }, ms: number): Promise<Sample> {
  const before = await answerOf<{ cpuUs: number }>(server.child, 'cpu')
  const stretch = await closedLoop(server.port, REQUEST, CONNECTIONS, ms)
  const after = await answerOf<{ cpuUs: number }>(server.child, 'cpu')
  // A server that is starved sheds a few; one that sheds more was not measured.
  if (stretch.failed > stretch.requests / 100 || stretch.requests === 0)
    throw new Error(`${stretch.failed} of ${stretch.requests} failed`)
  return {
    cpuUs: (after.cpuUs - before.cpuUs) / stretch.requests,
    perS: stretch.requests / (stretch.durationMs / 1000),
  }
}

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, ms: { type: 'string', default: '3000' } },
})
const rounds = Math.max(5, Number(values.rounds))
const ms = Number(values.ms)
const servers = new Map<Name, { child: ChildProcess; port: number }>()
const samples = new Map<Name, Sample[]>(NAMES.map((name) => [name, []]))
try {
  for (const name of NAMES) servers.set(name, await start(name))
  for (let round = 0; round <= rounds; round += 1) {
    // Turned round every time, so that none always comes after the same one.
    const order = round % 2 === 0 ? NAMES : NAMES.toReversed()
    for (const name of order) {
      const server = servers.get(name)
      if (!server) continue
      const one = await sample(server, round === 0 ? Math.max(ms, 3000) : ms)
      if (round > 0) samples.get(name)?.push(one)
    }
    process.stderr.write(`round ${round} of ${rounds}\n`)
  }
} finally {
  for (const { child } of servers.values()) child.kill('SIGKILL')
}

const of = (name: Name, pick: (one: Sample) => number): number[] => (samples.get(name) ?? []).map(pick)
const ratio = (a: readonly number[], b: readonly number[]): Spread =>
  spreadOf(a.map((value, index) => value / (b[index] ?? Number.NaN)))
const show = (spread: Spread, digits: number): string =>
  `${spread.median.toFixed(digits)} (${spread.min.toFixed(digits)} to ${spread.max.toFixed(digits)})`
for (const name of NAMES) {
  const cpu = spreadOf(of(name, (one) => one.cpuUs))
  const perS = spreadOf(of(name, (one) => one.perS))
  console.log(`${name.padEnd(6)} CPU ${show(cpu, 1)} us a request; ${show(perS, 0)} requests a second`)
}
const cpuOf = (name: Name): number[] => of(name, (one) => one.cpuUs)
const perSOf = (name: Name): number[] => of(name, (one) => one.perS)
report('CPU of the kit against bare Fastify', ratio(cpuOf('kit'), cpuOf('bare')), 2.5, 'times')
const throughput = ratio(perSOf('bare'), perSOf('kit'))
report(
  'throughput of bare Fastify against the kit',
  throughput,
  1 / 0.4,
  'times',
  `${(1 / throughput.median).toFixed(2)} of it`,
)
const inverse = ratio(perSOf('usual'), perSOf('kit'))
const cpuInverse = ratio(cpuOf('kit'), cpuOf('usual'))
const times = (spread: Spread): string => `the kit is ${(1 / spread.median).toFixed(2)} times as good`
report('CPU of the kit against the usual plugins', cpuInverse, 1 / 2.5, 'times', times(cpuInverse))
report('throughput of the usual plugins against the kit', inverse, 1 / 2.5, 'times', times(inverse))
