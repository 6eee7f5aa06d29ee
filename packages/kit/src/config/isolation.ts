import { isIP } from 'node:net'
import type { ConfigProblem } from './config-error.ts'
import { isDefaultPassword } from './placeholder.ts'
import type { Registry, Variable } from './variable.ts'

type Env = Readonly<Record<string, string | undefined>>

/** Whether a host name or address is this very machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (isIP(bare) === 0 && (bare === 'localhost' || bare.endsWith('.localhost') || bare === 'localhost.')) return true
  // Written for a special scheme, so that every spelling of an address (127.1, 0x7f000001, ::ffff:7f00:1) becomes one.
  const canonical = URL.parse(`http://${isIP(bare) === 6 ? `[${bare}]` : bare}/`)?.hostname ?? bare
  return (
    /^127\.\d+\.\d+\.\d+$/.test(canonical) ||
    canonical === '0.0.0.0' ||
    canonical === '[::1]' ||
    canonical === '[::]' ||
    /^\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\]$/.test(canonical)
  )
}

/** The hosts that a value names. */
function hostsOf(variable: Variable, text: string): string[] {
  if (variable.format === 'host') return [text]
  const items = variable.format === 'url' ? [text] : variable.format === 'list' ? text.split(',') : []
  return items.map((item) => URL.parse(item.trim())?.hostname ?? '')
}

function loopbackProblem(name: string, variable: Variable, text: string): ConfigProblem[] {
  const refused = (variable.loopback ?? (variable.format === 'host' ? 'allowed' : 'refused')) === 'refused'
  if (!refused || !hostsOf(variable, text).some((host) => host !== '' && isLoopback(host))) return []
  return [{ variable: name, problem: 'names this very machine, which production must not' }]
}

function passwordProblem(name: string, variable: Variable, text: string): ConfigProblem[] {
  const url = variable.secret && variable.format === 'url' ? URL.parse(text) : null
  if (!url?.password) return []
  return isDefaultPassword(url.password) || url.password === url.username
    ? [{ variable: name, problem: 'holds a password that everybody tries first' }]
    : []
}

/** Settings of Node itself that nobody declares and that undo what production relies on. */
function processProblems(env: Env): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  if (env['NODE_TLS_REJECT_UNAUTHORIZED'] === '0')
    problems.push({ variable: 'NODE_TLS_REJECT_UNAUTHORIZED', problem: 'switches the check of certificates off' })
  if (/(?:^|\s)--inspect/.test(env['NODE_OPTIONS'] ?? ''))
    problems.push({ variable: 'NODE_OPTIONS', problem: 'opens the debugger, which production must not' })
  const nodeEnv = env['NODE_ENV']
  if (nodeEnv !== undefined && nodeEnv !== '' && nodeEnv !== 'production')
    problems.push({ variable: 'NODE_ENV', problem: 'must be production, or unset, in production' })
  return problems
}

function isDebugSwitch(name: string, variable: Variable): boolean {
  return variable.format === 'boolean' && (variable.debug ?? /(?:^|_)DEBUG(?:_|$)/.test(name))
}

/** What production must not have: debug switches, addresses of this machine, default passwords (CFG-08, CFG-10). */
export function productionProblems(
  registry: Registry,
  texts: ReadonlyMap<string, string>,
  values: Readonly<Record<string, unknown>>,
  env: Env,
): ConfigProblem[] {
  const problems: ConfigProblem[] = []
  for (const [name, variable] of Object.entries(registry)) {
    const text = texts.get(name)
    if (text === undefined || values[name] === undefined) continue
    if (values[name] === true && isDebugSwitch(name, variable))
      problems.push({ variable: name, problem: 'must not be on in production' })
    problems.push(...loopbackProblem(name, variable, text), ...passwordProblem(name, variable, text))
  }
  return [...problems, ...processProblems(env)]
}

/** Live keys belong into production and nowhere else, test keys anywhere else (CFG-08). */
export function keyKindProblem(name: string, variable: Variable, text: string, production: boolean): ConfigProblem[] {
  if (!variable.keyKinds) return []
  const isLive = new RegExp(`^(?:${variable.keyKinds.live})`).test(text)
  const isTest = new RegExp(`^(?:${variable.keyKinds.test})`).test(text)
  if (isLive === isTest) return [{ variable: name, problem: 'is neither a live nor a test key' }]
  if (production && isTest) return [{ variable: name, problem: 'is a test key, which production must not have' }]
  if (!production && isLive) return [{ variable: name, problem: 'is a live key, which only production may have' }]
  return []
}

/** One secret for two things: whoever learns it for one has the other as well. */
export function sharedSecretProblems(registry: Registry, texts: ReadonlyMap<string, string>): ConfigProblem[] {
  const holders = new Map<string, string>()
  const problems: ConfigProblem[] = []
  for (const [name, variable] of Object.entries(registry)) {
    const text = texts.get(name)
    if (!variable.secret || text === undefined) continue
    const secret = variable.format === 'url' ? (URL.parse(text)?.password ?? '') : text
    if (secret === '') continue
    const holder = holders.get(secret)
    if (holder === undefined) holders.set(secret, name)
    else problems.push({ variable: name, problem: `holds the same secret as ${holder}` })
  }
  return problems
}
