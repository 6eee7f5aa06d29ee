/**
 * What each feature of the kit costs: the CPU profile of a loaded service, every sample given to the innermost function of
 * the kit on its stack, so that what a feature makes Node do counts as its own. The shares are of the CPU time of the
 * process per request.
 *
 * Usage: node benchmarks/kit/features.ts [--ms 8000]
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { closedLoop } from './closed-loop.ts'
import { REQUEST } from './request.ts'

const SAMPLING_US = 200

/** Files of the kit to features, first match wins. */
const FEATURES: readonly (readonly [RegExp, string])[] = [
  [/telemetry\/(?:tracing|trace|otel|span)/, 'tracing at 10 %'],
  [/telemetry\/(?:metrics|http-metrics|histogram|series|exposition)/, 'metrics'],
  [/telemetry\/(?:correlation|random-ids)/, 'correlation id'],
  [/telemetry\/|http\/request-log/, 'one log line with redaction'],
  [/http\/(?:response|request-state|common-headers)|edge\//, 'headers, CORS, error envelope'],
  [/limits\/(?:load-shedder|overload|event-loop|concurrency)/, 'shedding'],
  [/limits\/|http\/entrance/, 'rate limit and permissions'],
  [/context\//, 'context'],
  [/http\/requests|resilience\/|lifecycle\//, 'deadline, drain'],
  [/http\/(?:validate|handler-request)|zod/, 'validation'],
  [/http\//, 'route and answer'],
]

const REST = 'Fastify and Node'

const profileSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string() }),
      children: z.array(z.number()).optional(),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
})

function featureOf(url: string): string | null {
  if (/node_modules\/(?:fastify|find-my-way|light-my-request|fast-json-stringify|avvio)\//.test(url)) return REST
  const kit = /packages\/kit\/src\/(.*)$/.exec(url)?.[1] ?? (url.includes('/node_modules/zod/') ? 'zod' : null)
  if (kit === null) return null
  return FEATURES.find(([pattern]) => pattern.test(kit))?.[1] ?? 'other'
}

/** Microseconds by feature; idle time is left out. */
function byFeature(text: string): Map<string, number> {
  const profile = profileSchema.parse(JSON.parse(text))
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const parent = new Map(
    profile.nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node.id] as const)),
  )
  const known = new Map<number, string>()
  const of = (id: number): string => {
    const cached = known.get(id)
    if (cached !== undefined) return cached
    const node = nodes.get(id)
    const name = node?.callFrame.functionName ?? ''
    const own =
      name === '(idle)'
        ? 'idle'
        : name === '(garbage collector)'
          ? 'garbage collection'
          : featureOf(node?.callFrame.url ?? '')
    const above = parent.get(id)
    const feature = own ?? (above === undefined ? REST : of(above))
    known.set(id, feature)
    return feature
  }
  const sums = new Map<string, number>()
  for (const [index, sample] of profile.samples.entries()) {
    const feature = of(sample)
    if (feature !== 'idle') sums.set(feature, (sums.get(feature) ?? 0) + (profile.timeDeltas[index] ?? 0))
  }
  return sums
}

function once(child: ChildProcess, event: 'message' | 'exit'): Promise<unknown> {
  return new Promise((resolve) => child.once(event, resolve))
}

const { values } = parseArgs({ options: { ms: { type: 'string', default: '8000' } } })
const folder = mkdtempSync(join(tmpdir(), 'kit-profile-'))
try {
  const child = fork(join(import.meta.dirname, 'server-kit.ts'), [], {
    execArgv: ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${SAMPLING_US}`],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const { port } = z.object({ port: z.number() }).parse(await once(child, 'message'))
  const { requests } = await closedLoop(port, REQUEST, 32, Number(values.ms))
  child.disconnect()
  await once(child, 'exit')
  const file = readdirSync(folder).find((name) => name.endsWith('.cpuprofile'))
  if (file === undefined || requests === 0) throw new Error('there is no profile')
  const sums = byFeature(readFileSync(join(folder, file), 'utf8'))
  const total = [...sums.values()].reduce((sum, value) => sum + value, 0)
  console.log(
    `${requests} requests; CPU of the main thread ${(total / requests).toFixed(1)} us a request, profiled, of which:`,
  )
  for (const [feature, us] of [...sums].toSorted((a, b) => b[1] - a[1]))
    console.log(
      `  ${feature.padEnd(30)} ${(us / requests).toFixed(2).padStart(6)} us  ${((100 * us) / total).toFixed(1)} %`,
    )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
