import { randomFillSync } from 'node:crypto'
import {
  buildPolicy,
  type ContentSecurityPolicy,
  type CspDirectives,
  cspNonce,
  type CspOptions,
  endpointName,
} from './content-security-policy.ts'

/** What an answer is, and so which headers it carries. */
export type BuiltInProfile = 'api' | 'document' | 'download'

export interface ProfileOptions extends CspOptions {
  /** Which built-in profile it starts from. Default: the one of the same name, `api` for other names. */
  readonly base?: BuiltInProfile
  /** Directives that replace the base's of the same name; null takes one out. Default none. */
  readonly csp?: { readonly [D in keyof CspDirectives]?: CspDirectives[D] | null }
  /** A second policy that only reports; without nonces. Default none. */
  readonly reportOnly?: CspDirectives
  /** Headers added or replaced, names in any case; the policy is set by `csp` only. Default none. */
  readonly headers?: Readonly<Record<string, string>>
  /** Headers of the base that are left out. Each loses a protection. Default none. */
  readonly unsafeWithout?: readonly string[]
}

export interface SecurityHeaderOptions<Name extends string = never> {
  /** Changes to the built-in profiles, and profiles of your own. */
  readonly profiles?: Readonly<Partial<Record<BuiltInProfile, ProfileOptions>>> & Readonly<Record<Name, ProfileOptions>>
  /** How long browsers insist on TLS; seconds. Default 63,072,000 (two years); 0 tells them to forget it. */
  readonly hstsMaxAgeS?: number
  /** Default true. */
  readonly hstsIncludeSubDomains?: boolean
  /** Asks for the browsers' preload lists (hstspreload.org): hard to undo. Default false. */
  readonly hstsPreload?: boolean
  /** Where browsers send reports, by name (`Reporting-Endpoints`). The first also gets policy violations. Default none. */
  readonly reportingEndpoints?: Readonly<Record<string, string>>
  /** Fills a buffer with random bytes. Default `crypto.randomFillSync`. */
  readonly randomFill?: (target: Uint8Array) => void
}

interface ProfileHeaders {
  readonly name: string
  /** All headers, frozen: names in lower case. For a profile with nonces the policy here admits no nonce. */
  readonly headers: Readonly<Record<string, string>>
  /** The same as names and values in turn, for `writeHead`. */
  readonly flat: readonly string[]
}

/** Headers of one kind of answer. With `kind: 'nonce'` set `content-security-policy` to `policy(nonce())` per answer. */
export type SecurityHeaderProfile =
  | (ProfileHeaders & { readonly kind: 'fixed' })
  | (ProfileHeaders & {
      readonly kind: 'nonce'
      /** A fresh nonce: 128 random bits in base64. */
      nonce(): string
      /** The policy for an answer whose scripts and styles carry this nonce. */
      policy(nonce: string): string
    })

const basics: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'accelerometer=(), camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

const nothing = ["'none'"] as const
const policies: Readonly<Record<BuiltInProfile, CspDirectives>> = {
  // Nothing an API answers is to be rendered, framed or sniffed.
  api: { 'default-src': nothing, 'frame-ancestors': nothing, 'base-uri': nothing, 'form-action': nothing },
  // "Strict CSP": only what carries the nonce runs, and what that loads; no list of hosts to be bypassed.
  document: {
    'default-src': nothing,
    'script-src': [cspNonce, "'strict-dynamic'"],
    'style-src': ["'self'", cspNonce],
    'img-src': ["'self'"],
    'font-src': ["'self'"],
    'connect-src': ["'self'"],
    'manifest-src': ["'self'"],
    'base-uri': nothing,
    'form-action': ["'self'"],
    'frame-ancestors': nothing,
  },
  // What a user uploaded: even if it is opened, it runs nothing and has no origin.
  download: {
    sandbox: [],
    'default-src': nothing,
    'frame-ancestors': nothing,
    'base-uri': nothing,
    'form-action': nothing,
  },
}
const additions: Readonly<Record<BuiltInProfile, Readonly<Record<string, string>>>> = {
  api: {},
  // Not no-referrer: with it a browser sends `Origin: null` on its own forms (Fetch, "append a request Origin
  // header"), and the check against CSRF could not tell them from a stranger's.
  document: { 'referrer-policy': 'same-origin' },
  download: { 'content-disposition': 'attachment' },
}

const headerName = /^[a-z0-9!#$%&'*+.^_`|~-]{1,64}$/
const headerValue = /^[\x20-\x7e\t]{1,4096}$/
const cspNames: ReadonlySet<string> = new Set([
  'content-security-policy',
  'content-security-policy-report-only',
  'reporting-endpoints',
])
const profilesMax = 64
const nonceBytes = 16
const nonceBatch = 256
const yearS = 31_536_000
/** What most browsers keep at most is more; beyond ten years it is a slip of units. */
const hstsMax = 10 * yearS

/**
 * Headers of every kind of answer, computed once: `api`, `document`, `download` and those you name. Assign a profile to
 * a route; requests only read what is frozen here.
 * @throws RangeError for a policy that `buildPolicy` refuses, a header name or value that HTTP does not allow, a policy
 * given through `headers`, preloading without a year and subdomains, an endpoint that is not https, or over 64 profiles
 * @example
 * const headers = createSecurityHeaders({ profiles: { document: { csp: { 'img-src': ["'self'", 'data:'] } } } })
 * response.writeHead(200, headers.api.headers)
 */
export function createSecurityHeaders<Name extends string = never>(
  options: SecurityHeaderOptions<Name> = {},
): Readonly<Record<BuiltInProfile | Name, SecurityHeaderProfile>> {
  const given = new Map<string, ProfileOptions>([
    ['api', {}],
    ['document', {}],
    ['download', {}],
    ...Object.entries<ProfileOptions>(options.profiles ?? {}),
  ])
  if (given.size > profilesMax) throw new RangeError(`${given.size} profiles; at most ${profilesMax}`)
  const shared = { hsts: hstsValue(options), endpoints: options.reportingEndpoints ?? {} }
  const nonces = new NonceSource(options.randomFill ?? ((target) => void randomFillSync(target)))
  const profiles: Partial<Record<string, SecurityHeaderProfile>> = Object.create(null)
  for (const [name, profile] of given) profiles[name] = buildProfile(name, profile, shared, nonces)
  return Object.freeze(profiles) as Readonly<Record<BuiltInProfile | Name, SecurityHeaderProfile>>
}

interface Shared {
  readonly hsts: string
  readonly endpoints: Readonly<Record<string, string>>
}

function buildProfile(
  name: string,
  options: ProfileOptions,
  shared: Shared,
  nonces: NonceSource,
): SecurityHeaderProfile {
  const base = options.base ?? (isBuiltIn(name) ? name : 'api')
  const reportTo = Object.keys(shared.endpoints)[0]
  const report: CspDirectives = reportTo === undefined ? {} : { 'report-to': reportTo }
  const policy = buildPolicy({ ...overlay(policies[base], options.csp ?? {}), ...report }, options)
  const headers: Record<string, string> = {
    'content-security-policy': policy.text,
    'strict-transport-security': shared.hsts,
    ...basics,
    ...additions[base],
  }
  if (options.reportOnly) {
    const trial = buildPolicy({ ...options.reportOnly, ...report })
    if (trial.usesNonce) throw new RangeError(`profile ${name}: reportOnly takes no nonce; use hashes`)
    headers['content-security-policy-report-only'] = trial.text
  }
  if (reportTo !== undefined) headers['reporting-endpoints'] = endpointsValue(shared.endpoints)
  for (const [header, value] of Object.entries(options.headers ?? {})) {
    const lower = checkHeader(header, value)
    if (cspNames.has(lower)) throw new RangeError(`profile ${name}: ${lower} is set by csp and reportingEndpoints`)
    headers[lower] = value
  }
  for (const header of options.unsafeWithout ?? []) {
    if (!(header in headers)) throw new RangeError(`profile ${name}: unsafeWithout names ${header}, which is not there`)
    delete headers[header]
  }
  return frozenProfile(name, headers, policy, nonces)
}

function frozenProfile(
  name: string,
  headers: Record<string, string>,
  policy: ContentSecurityPolicy,
  nonces: NonceSource,
): SecurityHeaderProfile {
  const common = { name, headers: Object.freeze(headers), flat: Object.freeze(Object.entries(headers).flat()) }
  if (!policy.usesNonce || !('content-security-policy' in headers)) return Object.freeze({ ...common, kind: 'fixed' })
  return Object.freeze({
    ...common,
    kind: 'nonce',
    nonce: () => nonces.next(),
    policy: (nonce: string) => policy.withNonce(nonce),
  })
}

function isBuiltIn(name: string): name is BuiltInProfile {
  return name === 'api' || name === 'document' || name === 'download'
}

function overlay(base: CspDirectives, changes: NonNullable<ProfileOptions['csp']>): CspDirectives {
  const merged = new Map<string, unknown>(Object.entries(base))
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) merged.delete(name)
    else if (value !== undefined) merged.set(name, value)
  }
  // buildPolicy checks every name and value again, as what they are.
  return Object.fromEntries(merged)
}

function checkHeader(name: string, value: string): string {
  const lower = name.toLowerCase()
  if (!headerName.test(lower)) throw new RangeError(`${JSON.stringify(name.slice(0, 80))} is not a header name`)
  if (!headerValue.test(value))
    throw new RangeError(`header ${lower}: expected 1 to 4,096 printable ASCII characters in one line`)
  return lower
}

function hstsValue(options: SecurityHeaderOptions<string>): string {
  const maxAgeS = options.hstsMaxAgeS ?? 2 * yearS
  const subDomains = options.hstsIncludeSubDomains ?? true
  if (!Number.isInteger(maxAgeS) || maxAgeS < 0 || maxAgeS > hstsMax)
    throw new RangeError(`hstsMaxAgeS is ${maxAgeS}; expected whole seconds from 0 to ${hstsMax}`)
  if (options.hstsPreload && (!subDomains || maxAgeS < yearS))
    throw new RangeError('hstsPreload needs hstsIncludeSubDomains and a hstsMaxAgeS of at least a year')
  return `max-age=${maxAgeS}${subDomains ? '; includeSubDomains' : ''}${options.hstsPreload ? '; preload' : ''}`
}

function endpointsValue(endpoints: Readonly<Record<string, string>>): string {
  return Object.entries(endpoints)
    .map(([name, address]) => {
      const url = URL.parse(address)
      if (!endpointName.test(name)) throw new RangeError(`${JSON.stringify(name)} is not a name for an endpoint`)
      if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '')
        throw new RangeError(`reporting endpoint ${name}: expected an https address without a password`)
      // A serialised URL is ASCII without quotes or backslashes: a valid structured string as it is.
      return `${name}="${url.href}"`
    })
    .join(', ')
}

/** Nonces cut from a batch of random bytes: a call of the system's generator for each costs ten times as much. */
class NonceSource {
  readonly #bytes = Buffer.alloc(nonceBytes * nonceBatch)
  readonly #fill: (target: Uint8Array) => void
  #at = nonceBytes * nonceBatch

  constructor(fill: (target: Uint8Array) => void) {
    this.#fill = fill
  }

  next(): string {
    if (this.#at === this.#bytes.length) {
      this.#fill(this.#bytes)
      this.#at = 0
    }
    const end = this.#at + nonceBytes
    const nonce = this.#bytes.toString('base64', this.#at, end)
    this.#at = end
    return nonce
  }
}

/** Headers of an API's answers, errors included: the `api` profile as it is without options. */
export const securityHeaders: Readonly<Record<string, string>> = createSecurityHeaders().api.headers
