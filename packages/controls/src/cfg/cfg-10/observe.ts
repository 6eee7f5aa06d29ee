import {
  CannotObserve,
  type CheckContext,
  defineCheck,
  type HttpRequest,
  type Instance,
  needTestbed,
} from '@greengate/contracts'
import { z } from 'zod'
import { recordBoot } from '../../lib-boot/boots.ts'
import { dependencyOf, readsTouching } from '../../lib-boot/dependencies.ts'
import { debugPageIn } from '../../lib-boot/debug-pages.ts'
import { productionVariant } from '../../lib-boot/production.ts'
import { stackTraceIn } from '../../lib-boot/stack-traces.ts'
import { resolveVariables } from '../../lib-boot/variables.ts'
import { SourceAddresses } from '../../lib-http/exchange.ts'
import { jsonTargets, targetsOf } from '../../lib-http/targets.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

type Answer = Observation['errors'][number]

const DEBUG_PATHS = [
  '/debug',
  '/debug/pprof/',
  '/debug/vars',
  '/__debug__/',
  '/console',
  '/_debugbar',
  '/graphiql',
  '/_profiler',
  '/telescope',
  '/rails/info/routes',
  '/@vite/client',
  '/__webpack_hmr',
  '/phpinfo.php',
  '/server-info',
  '/server-status',
  '/elmah.axd',
  '/trace.axd',
  '/actuator/heapdump',
  '/actuator/env',
]
const SCRIPTS = [
  '/app.js',
  '/main.js',
  '/index.js',
  '/bundle.js',
  '/assets/app.js',
  '/assets/index.js',
  '/static/app.js',
  '/static/js/main.js',
]
const SCRIPTS_MAX = 20
const SCRIPT_DEPTH_MAX = 5
const manifestSchema = z.looseObject({ scripts: z.record(z.string(), z.unknown()) })
const DEBUG_NAME = /debug|dev(elopment)?_?mode|hot_?reload/i

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'fault', quiet: false, timeoutMs: 300_000 },
  async observe(context: CheckContext) {
    const addresses = new SourceAddresses(context.random)
    const production = productionVariant(context)
    const instance = await needTestbed(context).boot({ purpose: 'as in production', ...production })
    let seen: Pick<Observation, 'endpoints' | 'errors' | 'maps'>
    try {
      const endpoints = []
      for (const path of DEBUG_PATHS) endpoints.push(await ask(context, instance, addresses, { path }))
      const maps = []
      for (const path of await mapPaths(context, instance, addresses))
        maps.push(await ask(context, instance, addresses, { path }))
      seen = { endpoints, maps, errors: await provoke(context, instance, addresses) }
    } finally {
      await instance.stop()
    }
    const variables = Object.entries(await resolveVariables(context))
    const debugVariables =
      variables.length === 0
        ? null
        : variables.filter(([name, spec]) => spec.format === 'boolean' && DEBUG_NAME.test(name)).map(([name]) => name)
    const debugStarts: Observation['debugStarts'] = []
    for (const variable of debugVariables ?? []) {
      let answers: Answer[] = []
      const record = await recordBoot(
        context,
        { ...production, purpose: `in production with ${variable} on`, env: { ...production.env, [variable]: 'true' } },
        async (up) => {
          answers = await provoke(context, up, addresses)
        },
      )
      debugStarts.push({ ...record, variable, answers })
    }
    const count = seen.endpoints.length + seen.maps.length + seen.errors.length
    return {
      data: { ...seen, command: await startCommand(context), debugVariables, debugStarts },
      exercised: { requests: count, starts: 1 + debugStarts.length },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'leak-stack',
      breaks: 'stack-traces',
      code: 'stack-trace-in-body',
      arrange: (bed) => bed.service(['leak-stack']),
    },
    {
      id: 'debug-page-of-a-framework',
      breaks: 'stack-traces',
      code: 'debug-page',
      arrange: (bed) => bed.service(['debug-page']),
    },
    {
      id: 'source-maps',
      breaks: 'source-maps',
      code: 'source-map-public',
      arrange: (bed) => bed.service(['source-maps-public']),
    },
    {
      id: 'debug-accepted',
      breaks: 'debug-variable',
      code: 'debug-accepted',
      arrange: (bed) => bed.service(['debug-in-production']),
    },
    {
      id: 'debug-endpoint',
      breaks: 'debug-endpoints',
      code: 'debug-endpoint',
      arrange: (bed) => bed.service(['debug-endpoints']),
    },
    {
      id: 'watching',
      breaks: 'start-command',
      code: 'development-command',
      async arrange(bed) {
        const context = await bed.service([])
        const { start } = context.config
        const [program = '', ...rest] = start?.command ?? []
        return start
          ? { ...context, config: { ...context.config, start: { ...start, command: [program, '--watch', ...rest] } } }
          : context
      },
    },
  ],
})

async function ask(
  context: CheckContext,
  instance: Instance,
  addresses: SourceAddresses,
  request: HttpRequest,
): Promise<Answer> {
  const answer = await instance.http({ ...request, from: addresses.next() })
  const good = answer.status >= 200 && answer.status < 300
  const beside = good
    ? await instance.http({ ...request, path: `${request.path}-${context.random.hex(6)}`, from: addresses.next() })
    : null
  const html = (answer.headers['content-type']?.[0] ?? '').includes('html')
  return {
    request: `${request.method ?? 'GET'} ${request.path}`.slice(0, 200),
    status: answer.status,
    catchAll: beside !== null && beside.status === answer.status && (html || beside.body === answer.body),
    stack: stackTraceIn(answer.body) ?? '',
    debugPage: debugPageIn(answer.body) ?? '',
    sourceMap: good && /"mappings"\s*:/.test(answer.body) && /"version"\s*:\s*3/.test(answer.body),
  }
}

/** Errors of every kind that can be had from outside, and one from a dependency that is gone. */
async function provoke(context: CheckContext, instance: Instance, addresses: SourceAddresses): Promise<Answer[]> {
  const requests: HttpRequest[] = [
    { path: `/${context.random.hex(8)}` },
    { path: '/%E0%A4%A' },
    { path: `/${'a'.repeat(3000)}` },
  ]
  for (const target of jsonTargets(targetsOf(context, [])).slice(0, 5)) {
    requests.push({
      ...instance.prepare(target.spec),
      body: '{"a":',
      headers: { ...instance.prepare(target.spec).headers, 'content-type': 'application/json' },
    })
  }
  const answers: Answer[] = []
  for (const request of requests) answers.push(await ask(context, instance, addresses, request))
  for (const name of Object.keys(context.config.dependencies)) {
    const spec = readsTouching(context, name)[0]
    if (!spec) continue
    const dependency = dependencyOf(instance, name)
    await dependency.refuse()
    answers.push(await ask(context, instance, addresses, instance.prepare(spec)))
    await dependency.restore()
  }
  return answers
}

/** Maps beside the scripts of the pages there are, and beside scripts with usual names. */
async function mapPaths(context: CheckContext, instance: Instance, addresses: SourceAddresses): Promise<string[]> {
  const scripts = new Set(SCRIPTS)
  for (const path of new Set(['/', context.config.start?.ready ?? '/'])) {
    const page = await instance.http({ path, headers: { accept: 'text/html' }, from: addresses.next() })
    for (const match of page.body.matchAll(/(?:src|href)=["']?(\/?[\w./-]+\.(?:js|mjs|css))/g))
      scripts.add(match[1]?.startsWith('/') ? match[1] : `/${match[1] ?? ''}`)
  }
  return [...scripts].slice(0, SCRIPTS_MAX).map((path) => `${path}.map`)
}

/** The command with a package script in the place of its name; empty if that can't be read. */
export async function startCommand(context: Pick<CheckContext, 'config' | 'tree'>): Promise<string> {
  const command = context.config.start?.command ?? []
  if (command.length === 0)
    throw new CannotObserve('no-start-command', 'There is no start command.', 'Add `start.command`.')
  const [program = '', ...rest] = command
  if (!/^(npm|pnpm|yarn|bun)$/.test(program.split('/').at(-1) ?? '')) return command.join(' ')
  // These run a program that is installed, not a script.
  if (rest[0] === 'exec' || rest[0] === 'dlx' || rest[0] === 'x') return command.join(' ')
  const script = rest.find((word) => word !== 'run' && !word.startsWith('-')) ?? 'start'
  if (!context.tree?.has('package.json')) return ''
  const scripts = scriptsOf(await context.tree.read('package.json'))
  return followScripts(scripts.get(script) ?? '', scripts, SCRIPT_DEPTH_MAX)
}

/** A script with those that it runs itself in the place of their names: `start` is often but the name of another. */
function followScripts(text: string, scripts: ReadonlyMap<string, string>, depth: number): string {
  return text.replaceAll(
    /\b(npm|pnpm|yarn|bun)((?:\s+(?:run|run-script|-s|--silent))*)\s+([\w:.-]+)/g,
    (all: string, runner: string, words: string, name: string) => {
      const runs = /\brun/.test(words) || name === 'start' || runner === 'yarn' || runner === 'pnpm'
      const script = runs && depth > 0 ? scripts.get(name) : undefined
      return script === undefined ? all : followScripts(script, scripts, depth - 1)
    },
  )
}

function scriptsOf(manifest: string): Map<string, string> {
  try {
    const { scripts } = manifestSchema.parse(JSON.parse(manifest))
    return new Map(Object.entries(scripts).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
  } catch {
    return new Map()
  }
}
