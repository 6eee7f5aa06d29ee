/**
 * Content security policies as data (CSP Level 3, https://www.w3.org/TR/CSP3/). A policy is written as directives and
 * checked once, when it is built: a misspelt directive or source is ignored by browsers in silence, so it has to fail
 * here.
 */

/** Directives that hold a list of sources. */
export type CspFetchDirective =
  | 'default-src'
  | 'script-src'
  | 'script-src-elem'
  | 'script-src-attr'
  | 'style-src'
  | 'style-src-elem'
  | 'style-src-attr'
  | 'img-src'
  | 'font-src'
  | 'connect-src'
  | 'media-src'
  | 'object-src'
  | 'frame-src'
  | 'child-src'
  | 'worker-src'
  | 'manifest-src'
  | 'base-uri'
  | 'form-action'
  | 'frame-ancestors'

export type CspSandboxFlag =
  | 'allow-downloads'
  | 'allow-forms'
  | 'allow-modals'
  | 'allow-orientation-lock'
  | 'allow-pointer-lock'
  | 'allow-popups'
  | 'allow-popups-to-escape-sandbox'
  | 'allow-presentation'
  | 'allow-same-origin'
  | 'allow-scripts'
  | 'allow-storage-access-by-user-activation'
  | 'allow-top-navigation'
  | 'allow-top-navigation-by-user-activation'
  | 'allow-top-navigation-to-custom-protocols'

/** Sources of scripts, styles, images, ... as CSP writes them, quotes included: `'self'`, `https://cdn.acme.test`. */
export type CspDirectives = { readonly [D in CspFetchDirective]?: readonly string[] } & {
  /** Empty: everything is forbidden. */
  readonly sandbox?: readonly CspSandboxFlag[]
  readonly 'upgrade-insecure-requests'?: true
  /** Name of a reporting endpoint. */
  readonly 'report-to'?: string
  readonly 'require-trusted-types-for'?: readonly ["'script'"]
  /** Names of Trusted Types policies, `'allow-duplicates'` or `'none'`. */
  readonly 'trusted-types'?: readonly string[]
}

/** Stands for the nonce of the request in a list of sources: every answer gets its own. */
export const cspNonce = "'nonce'"

export interface CspOptions {
  /**
   * Weak sources that are wanted all the same, each with its directive: `"style-src 'unsafe-inline'"`. Whatever is not
   * named here is refused: `'unsafe-inline'`, `'unsafe-eval'`, `'unsafe-hashes'`, `'wasm-unsafe-eval'`, `*`, a bare
   * scheme (but for `data:` and `blob:` of images, fonts and media) and plain `http:` or `ws:` addresses.
   */
  readonly unsafeSources?: readonly `${CspFetchDirective} ${string}`[]
}

/** A policy that was checked. */
export interface ContentSecurityPolicy {
  /** The policy for an answer without a nonce: sources that wait for one are left out, so nothing is more open. */
  readonly text: string
  /** Whether each answer needs a nonce of its own. */
  readonly usesNonce: boolean
  /** The policy with this nonce. The nonce is not checked: take it from a profile's `nonce()`. */
  withNonce(nonce: string): string
}

const fetchDirectives: ReadonlySet<string> = new Set<CspFetchDirective>([
  'default-src',
  'script-src',
  'script-src-elem',
  'script-src-attr',
  'style-src',
  'style-src-elem',
  'style-src-attr',
  'img-src',
  'font-src',
  'connect-src',
  'media-src',
  'object-src',
  'frame-src',
  'child-src',
  'worker-src',
  'manifest-src',
  'base-uri',
  'form-action',
  'frame-ancestors',
])

const sandboxFlags: ReadonlySet<string> = new Set<CspSandboxFlag>([
  'allow-downloads',
  'allow-forms',
  'allow-modals',
  'allow-orientation-lock',
  'allow-pointer-lock',
  'allow-popups',
  'allow-popups-to-escape-sandbox',
  'allow-presentation',
  'allow-same-origin',
  'allow-scripts',
  'allow-storage-access-by-user-activation',
  'allow-top-navigation',
  'allow-top-navigation-by-user-activation',
  'allow-top-navigation-to-custom-protocols',
])

const codeDirectives: ReadonlySet<string> = new Set([
  'default-src',
  'script-src',
  'script-src-elem',
  'style-src',
  'style-src-elem',
])
const inertDirectives: ReadonlySet<string> = new Set(['img-src', 'font-src', 'media-src'])
const weakKeywords: ReadonlySet<string> = new Set([
  "'unsafe-inline'",
  "'unsafe-eval'",
  "'unsafe-hashes'",
  "'wasm-unsafe-eval'",
])
const plainKeywords: ReadonlySet<string> = new Set(["'self'", "'none'", "'report-sample'"])

const scheme = /^[a-z][a-z0-9+.-]{0,30}:$/
const host =
  /^(?:(https?|wss?):\/\/)?(?:\*\.)?[a-z0-9](?:[a-z0-9-]{0,62})(?:\.[a-z0-9-]{1,63}){0,10}(?::(?:\d{1,5}|\*))?(?:\/[\w.~%!$&()+=:@/-]*)?$/i
const hash = /^'(?:sha256-[A-Za-z0-9+/]{43}=|sha384-[A-Za-z0-9+/]{64}|sha512-[A-Za-z0-9+/]{86}==)'$/
const token = /^[A-Za-z0-9_.*-]{1,64}$/

const sourceLengthMax = 256
/** Proxies and servers commonly give all headers together 8 KiB. */
const policyLengthMax = 4096

/**
 * Builds a policy from its directives.
 * @throws RangeError for an unknown directive or flag, a source that no browser would match, `'none'` beside others, a
 * fixed nonce, a weak source that `unsafeSources` does not name, an entry of `unsafeSources` that nothing uses, or a
 * policy over 4,096 characters
 * @example
 * buildPolicy({ 'default-src': ["'none'"], 'script-src': [cspNonce, "'strict-dynamic'"] }).withNonce('c2VjcmV0')
 */
export function buildPolicy(directives: CspDirectives, options: CspOptions = {}): ContentSecurityPolicy {
  const wanted = new Set<string>(options.unsafeSources)
  const withNonce: string[] = []
  const without: string[] = []
  for (const [name, value] of Object.entries(directives)) {
    if (value === undefined) continue
    if (fetchDirectives.has(name)) {
      const sources = checkSources(name, value, wanted)
      withNonce.push(`${name} ${sources.join(' ')}`)
      const fixed = sources.filter((source) => source !== cspNonce)
      without.push(`${name} ${fixed.length > 0 ? fixed.join(' ') : "'none'"}`)
    } else {
      const text = otherDirective(name, value)
      withNonce.push(text)
      without.push(text)
    }
  }
  if (wanted.size > 0) throw new RangeError(`unsafeSources names ${[...wanted].join(', ')}, which the policy lacks`)
  if (withNonce.length === 0) throw new RangeError('a policy needs at least one directive')
  const whole = withNonce.join('; ')
  if (whole.length > policyLengthMax)
    throw new RangeError(`a policy has ${whole.length} characters; at most ${policyLengthMax} reach every browser`)
  return new CheckedPolicy(without.join('; '), whole.split(cspNonce))
}

class CheckedPolicy implements ContentSecurityPolicy {
  readonly text: string
  readonly usesNonce: boolean
  readonly #parts: readonly string[]

  constructor(text: string, parts: readonly string[]) {
    this.text = text
    this.usesNonce = parts.length > 1
    this.#parts = parts
  }

  withNonce(nonce: string): string {
    const source = `'nonce-${nonce}'`
    let policy = this.#parts[0] ?? ''
    for (let i = 1; i < this.#parts.length; i++) policy += source + (this.#parts[i] ?? '')
    return policy
  }
}

function checkSources(directive: string, sources: unknown, wanted: Set<string>): readonly string[] {
  if (!Array.isArray(sources) || sources.length === 0)
    throw new RangeError(`${directive} needs a list of sources; write ["'none'"] for nothing`)
  const seen = new Set<string>()
  for (const source of sources) {
    if (typeof source !== 'string') throw new RangeError(`${directive} holds something that is not a string`)
    checkSource(directive, source, wanted)
    seen.add(source)
  }
  if (seen.has("'none'") && seen.size > 1) throw new RangeError(`${directive}: 'none' stands alone`)
  if (seen.has("'strict-dynamic'") && ![...seen].some((source) => source === cspNonce || hash.test(source)))
    throw new RangeError(`${directive}: 'strict-dynamic' needs a nonce or a hash, or no script runs`)
  return [...seen]
}

function checkSource(directive: string, source: string, wanted: Set<string>): void {
  const weak = weakness(directive, source)
  if (weak === null) return
  if (!wanted.delete(`${directive} ${source}`))
    throw new RangeError(
      `${directive} ${JSON.stringify(source.slice(0, 80))}: ${weak}; name "${directive} ${source.slice(0, 80)}" in unsafeSources if it must be`,
    )
}

/** Why a source is weak, null for a good one. @throws RangeError for what is no source at all */
function weakness(directive: string, source: string): string | null {
  if (source.length > sourceLengthMax) throw new RangeError(`${directive}: a source over ${sourceLengthMax} characters`)
  if (plainKeywords.has(source)) return null
  const code = codeDirectives.has(directive)
  if (source === cspNonce || source === "'strict-dynamic'" || hash.test(source)) {
    if (code) return null
    throw new RangeError(`${directive} takes no ${source}`)
  }
  if (weakKeywords.has(source)) return 'it lets injected code run'
  if (source === '*') return 'it allows every address'
  if (scheme.test(source)) {
    if ((source === 'data:' || source === 'blob:') && inertDirectives.has(directive)) return null
    return 'it allows every address of a scheme'
  }
  const address = host.exec(source)
  // A single word is a keyword that lost its quotes.
  if (!address || (address[1] === undefined && !source.includes('.')))
    throw new RangeError(
      `${directive}: ${JSON.stringify(source.slice(0, 80))} is not a source; expected a keyword or a hash in quotes, or an address as https://cdn.acme.test`,
    )
  if (/^(?:\w+:\/\/)?\*\.[^.]+$/.test(source)) return 'it allows every address of a top-level domain'
  return address[1] === 'http' || address[1] === 'ws' ? 'it is not encrypted' : null
}

function otherDirective(name: string, value: unknown): string {
  switch (name) {
    case 'sandbox':
      return [name, ...tokens(name, value, (flag) => sandboxFlags.has(flag))].join(' ')
    case 'upgrade-insecure-requests':
      return name
    case 'report-to':
      return `${name} ${tokens(name, [value], (endpoint) => endpointName.test(endpoint)).join('')}`
    case 'require-trusted-types-for':
      return `${name} 'script'`
    case 'trusted-types':
      return [name, ...tokens(name, value, (t) => t === "'none'" || t === "'allow-duplicates'" || token.test(t))].join(
        ' ',
      )
    default:
      throw new RangeError(`${JSON.stringify(name.slice(0, 80))} is not a directive of this kit's policies`)
  }
}

/** Names that `Reporting-Endpoints` (a structured dictionary, RFC 9651) and `report-to` both accept. */
export const endpointName = /^[a-z*][a-z0-9_.*-]{0,63}$/

function tokens(name: string, value: unknown, valid: (text: string) => boolean): string[] {
  if (!Array.isArray(value)) throw new RangeError(`${name} needs a list`)
  return value.map((item) => {
    if (typeof item !== 'string' || !valid(item))
      throw new RangeError(`${name}: ${JSON.stringify(String(item).slice(0, 80))} is not one of its values`)
    return item
  })
}
