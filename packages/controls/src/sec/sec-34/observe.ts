import { type CheckContext, defineCheck, type HttpRequest, type Instance, needTestbed } from '@greengate/contracts'
import { baselineBoot, inParallel, patienceMs, recordBoot } from '../../lib-boot/boots.ts'
import {
  type Credential,
  harvestProgram,
  harvestTree,
  publishedCredentials,
} from '../../lib-boot/default-credentials.ts'
import { resolveVariables } from '../../lib-boot/variables.ts'
import { SourceAddresses } from '../../lib-http/exchange.ts'
import { findDescription } from '../../lib-http/find-openapi.ts'
import { quotedPaths } from '../../lib-http/literal-routes.ts'
import { operationsOf } from '../../lib-http/openapi.ts'
import { signInSpec } from '../../lib-http/targets.ts'
import { control } from './control.ts'
import { judge, type Observation, type Params } from './judge.ts'

type Context = CheckContext<Params>
type SignIn = NonNullable<Observation['signIn']>

/** Fewer failures for one account than lock-outs begin at. */
const PER_ACCOUNT = 4
const BATCHES_MAX = 10
const AT_ONCE = 2
const AGAIN_MAX = 2
const RETRY_AFTER_S_MAX = 20
const EXAMPLES_MAX = 6
const PATHS_MAX = 40
/** Text that the shell of a web client may show while it loads. */
const SHELL_CHARS_MAX = 30

const ADMIN_PATHS = [
  '/admin',
  '/admin/',
  '/api/admin',
  '/api/admin/users',
  '/api/admin/settings',
  '/administrator',
  '/manage',
  '/management',
  '/_admin',
  '/actuator/env',
  '/phpmyadmin/',
  '/adminer',
  '/console',
]
const REGISTRATION_PATHS = [
  '/register',
  '/signup',
  '/sign-up',
  '/users',
  '/api/register',
  '/api/signup',
  '/api/sign-up',
  '/api/users',
  '/auth/register',
  '/auth/signup',
  '/api/auth/register',
  '/api/auth/signup',
  '/api/v1/users',
]
/** Paths in the source that are for administrators. */
const ADMIN_NAME = /(?:^|\/)_?(?:admin|administration|superuser|backoffice)(?:\/|$)/i
/** Secrets that documentation is known for. */
const EXAMPLE_SECRETS = [
  'your-256-bit-secret-for-signing-tokens',
  'keyboard-cat-keyboard-cat-keyboard-cat',
  'supersecret-supersecret-supersecret-1',
  'example-secret-0123456789-abcdefghijklm',
]

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'exhaust', quiet: false, timeoutMs: 600_000 },
  async observe(context: Context) {
    const addresses = new SourceAddresses(context.random)
    const instance = await needTestbed(context).boot({ purpose: 'on a new database, as nobody changed it' })
    let found: Pick<Observation, 'admin' | 'registration'> & { credentials: Credential[] }
    try {
      const program = harvestProgram(instance.pid, context.config.start?.command ?? [])
      const harvested = [...(context.tree ? await harvestTree(context.tree) : []), ...program]
      found = {
        ...(await askPaths(context, instance, addresses)),
        credentials: [...harvested, ...publishedCredentials()],
      }
    } finally {
      await instance.stop()
    }
    const signIn = await trySignIn(context, addresses, found.credentials)
    const examples = await tryExamples(context)
    const { admin, registration } = found
    const signInObject =
      context.facts.find((fact) => fact.name === 'sign-in' && fact.target === context.target)?.state ?? 'unknown'
    return {
      data: { signIn, signInObject, admin, registration, examples },
      exercised: {
        credentials: signIn?.attempts.length ?? 0,
        credentialsOf: signIn?.candidates ?? 0,
        paths: admin.length + registration.length,
        starts: 1 + (examples?.trials.length ?? 0),
      },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'default-admin',
      breaks: 'default-accounts',
      code: 'default-account',
      arrange: (bed) => bed.service(['default-admin']),
    },
    { id: 'open-admin', breaks: 'open-admin', code: 'open-admin', arrange: (bed) => bed.service(['open-admin']) },
    {
      id: 'open-registration',
      breaks: 'open-registration',
      code: 'open-registration',
      arrange: (bed) => bed.service(['open-registration']),
    },
    {
      id: 'example-secret',
      breaks: 'example-secrets',
      code: 'started-anyway',
      arrange: (bed) => bed.service(['example-secret-accepted']),
    },
  ],
})

/** Tries each candidate once, a few per account on each of several new instances, so that no lock-out is met. */
async function trySignIn(
  context: Context,
  addresses: SourceAddresses,
  credentials: readonly Credential[],
): Promise<SignIn | null> {
  const { signIn } = context.config
  if (!signIn) return null
  const seen = new Map<string, number>()
  const batches: Credential[][] = []
  for (const credential of dedupe(credentials)) {
    const count = seen.get(credential.user) ?? 0
    seen.set(credential.user, count + 1)
    const batch = Math.floor(count / PER_ACCOUNT)
    if (batch < BATCHES_MAX) (batches[batch] ??= []).push(credential)
  }
  context.progress(`default accounts on ${batches.length} new instances`)
  const controls: SignIn['control'][] = []
  const results = await inParallel(batches, AT_ONCE, async (batch, index) => {
    const instance = await needTestbed(context).boot({ purpose: `for default accounts, part ${index + 1}` })
    try {
      controls.push(
        await attempt(context, instance, addresses, {
          user: `gg-${context.random.hex(6)}`,
          pass: context.random.hex(12),
        }),
      )
      const out: SignIn['attempts'] = []
      for (const credential of batch) {
        const { status, location } = await attempt(context, instance, addresses, credential)
        out.push({ user: credential.user, source: credential.source, status, location })
      }
      return out
    } finally {
      await instance.stop()
    }
  })
  return {
    request: `${signIn.method} ${signIn.path}`,
    control: controls[0] ?? { status: 0, location: '' },
    failure: signIn.failure,
    candidates: batches.flat().length,
    attempts: results.flat(),
  }
}

async function attempt(
  context: Context,
  instance: Instance,
  addresses: SourceAddresses,
  credential: Pick<Credential, 'user' | 'pass'>,
): Promise<SignIn['control']> {
  const spec = signInSpec(context, credential.user, credential.pass)
  if (!spec) return { status: 0, location: '' }
  const from = addresses.next()
  let answer = await instance.http({ ...instance.prepare(spec), from })
  // A service that says it did not look, and when to come again, has not tried the credential yet.
  for (let again = 0; answer.status === 503 && again < AGAIN_MAX; again += 1) {
    const afterS = Number(answer.headers['retry-after']?.[0] ?? 1)
    if (!(afterS <= RETRY_AFTER_S_MAX)) break
    await context.clock.sleep(afterS * 1000, context.signal)
    answer = await instance.http({ ...instance.prepare(spec), from })
  }
  return { status: answer.status, location: answer.headers['location']?.[0] ?? '' }
}

async function askPaths(
  context: Context,
  instance: Instance,
  addresses: SourceAddresses,
): Promise<Pick<Observation, 'admin' | 'registration'>> {
  const description = (await findDescription(context, instance)).found
  const operations = description ? operationsOf(description.doc) : []
  const gets = operations
    .filter((op) => op.method === 'GET' && /admin/i.test(op.path) && !op.path.includes('{'))
    .map((op) => op.path)
  const posts = operations
    .filter((op) => op.method === 'POST' && /(register|registration|sign-?up|\/users)$/i.test(op.path))
    .map((op) => op.path)
  const admin: Observation['admin'] = []
  const named = context.tree ? await quotedPaths(context.tree, ADMIN_NAME) : []
  for (const path of [...new Set([...ADMIN_PATHS, ...gets, ...named])].slice(0, PATHS_MAX)) {
    const answer = await ask(context, instance, addresses, { method: 'GET', path })
    admin.push(answer)
    // What is there for changes alone says so; an action that takes no body is tried, on an instance of this check's own.
    if (answer.status === 405 || (named.includes(path) && answer.status === 404))
      admin.push(await ask(context, instance, addresses, { method: 'POST', path, body: {} }))
  }
  const name = `gg${context.random.hex(5)}`
  const body = { username: name, name, email: `${name}@example.com`, password: `Gg7-${context.random.hex(8)}` }
  const registration: Observation['registration'] = []
  for (const path of [...new Set([...REGISTRATION_PATHS, ...siblings(context), ...posts])].slice(0, PATHS_MAX)) {
    registration.push(
      await ask(context, instance, addresses, {
        method: 'POST',
        path,
        body,
        headers: context.config.signIn?.headers ?? {},
      }),
    )
  }
  // Some sign-ins make the account when the name is new: new to them, not one that was registered a moment ago.
  const spec = signInSpec(context, `gg${context.random.hex(6)}`, body.password)
  if (spec) {
    const answer = await ask(context, instance, addresses, instance.prepare(spec))
    registration.push({ ...answer, path: `${context.config.signIn?.path ?? ''} (a new name)`, catchAll: false })
  }
  return { admin, registration }
}

/** Where the account is made if one signs in at `/parse/login`: beside it. */
function siblings(context: Context): string[] {
  const path = context.config.signIn?.path
  if (path === undefined || path.includes('{')) return []
  const parent = path.slice(0, path.lastIndexOf('/'))
  return ['users', 'register', 'signup'].map((name) => `${parent}/${name}`)
}

async function ask(
  context: Context,
  instance: Instance,
  addresses: SourceAddresses,
  request: HttpRequest,
): Promise<Observation['admin'][number]> {
  const answer = await instance.http({ ...request, from: addresses.next() })
  const good = answer.status >= 200 && answer.status < 300
  // Where an unknown path beside it is answered alike, the answer is a catch-all and not this page.
  const beside = good
    ? await instance.http({
        ...request,
        path: `${request.path.replace(/\/$/, '')}-${context.random.hex(6)}`,
        from: addresses.next(),
      })
    : null
  const html = (answer.headers['content-type']?.[0] ?? '').includes('html')
  const catchAll = beside !== null && beside.status === answer.status && (html || beside.body === answer.body)
  const login = html && (/type=["']?password|sign[ -]?in|log[ -]?in/i.test(answer.body) || isShell(answer.body))
  return { method: request.method ?? 'GET', path: request.path, status: answer.status, catchAll, login }
}

/** The page of a web client before its script ran: it holds nothing; what it asks for afterwards is what must be protected. */
function isShell(page: string): boolean {
  if (!/<script[^>]+src=/i.test(page) || /<(?:table|form|input|li|tr)\b/i.test(page)) return false
  const text = page.replaceAll(/<(script|style|noscript|head|svg)\b[\s\S]*?<\/\1>/gi, '').replaceAll(/<[^>]*>/g, ' ')
  return text.replaceAll(/\s+/g, ' ').trim().length < SHELL_CHARS_MAX
}

async function tryExamples(context: Context): Promise<Observation['examples']> {
  const secrets = Object.entries(await resolveVariables(context)).filter(
    ([, spec]) => spec.secret && spec.format === 'string' && spec.pattern === undefined,
  )
  if (secrets.length === 0) return null
  const given = await exampleValues(context)
  const planned = [
    ...secrets.flatMap(([variable]) => (given.get(variable) ?? []).map((entry) => ({ variable, ...entry }))),
    ...secrets.map(([variable], index) => ({
      variable,
      value: EXAMPLE_SECRETS[index % EXAMPLE_SECRETS.length] ?? '',
      source: 'documentation',
    })),
  ].slice(0, EXAMPLES_MAX)
  const baseline = await baselineBoot(context)
  const readyTimeoutMs = patienceMs(context, baseline)
  const trials = await inParallel(planned, AT_ONCE, async ({ variable, value, source }) => ({
    ...(await recordBoot(context, {
      purpose: `with ${variable} from ${source}`,
      env: { [variable]: value },
      readyTimeoutMs,
    })),
    variable,
    source,
  }))
  return { baseline, trials }
}

/** Values that the tree's example env files show, by variable. */
async function exampleValues(context: Context): Promise<Map<string, { value: string; source: string }[]>> {
  const values = new Map<string, { value: string; source: string }[]>()
  for (const file of context.tree?.files ?? []) {
    if (
      !/(^|\/)[\w.-]*\.?env[\w.-]*\.?(example|sample|template|dist)$|(^|\/)\.?env\.(example|sample|template)/.test(
        file.path,
      )
    )
      continue
    for (const line of ((await context.tree?.read(file.path)) ?? '').split(/\r?\n/)) {
      const match = /^\s*(?:export\s+)?(\w+)\s*=\s*["']?(.+?)["']?\s*$/.exec(line)
      if (match?.[1] !== undefined && match[2] !== undefined)
        values.set(match[1], [...(values.get(match[1]) ?? []), { value: match[2], source: file.path }])
    }
  }
  return values
}

function dedupe(credentials: readonly Credential[]): Credential[] {
  return [...new Map(credentials.map((credential) => [`${credential.user}\0${credential.pass}`, credential])).values()]
}
