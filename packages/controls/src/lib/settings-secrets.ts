import { createHash } from 'node:crypto'
import type { Assigned } from './assigned-secrets.ts'
import { isPlaceholder, passwordIsHarmless } from './secret-value.ts'
import { isTestCode } from './syntax.ts'

/** Files that show how something is done, or belong to one's own machine. */
const SHOWN =
  /(^|\/)(docs?|documentation|examples?|samples?|templates?|demos?|fixtures?|mocks?|dummy|__snapshots__|locales?|i18n|\.devcontainer|dev|local)\/|\.(md|mdx|rst|adoc|txt|html?)$/i
const NOT_SERVED =
  /(^|[./_-])(examples?|samples?|templates?|tmpl|tpl|dist|defaults?|tests?|testing|ci|dev|develop|development|local|localhost|e2e|demo|fixtures?|mocks?|dummy|sandbox|compose|docker-compose|openapi|swagger|postman|schema)([./_-]|$)/i
const PRODUCTION = /(^|[./_-])(prod|production|staging|live)([./_-]|$)/i
/** Files that hold a service's settings. */
const SETTINGS =
  /(^|\/)\.env[\w.-]*$|\.(env|ya?ml|properties|ini|cfg|conf|tfvars|toml)$|(^|\/)(appsettings|config|settings|secrets|credentials)[\w.-]*\.json$|(^|\/)config\/[^/]+\.json$|(^|\/)settings(\/[^/]+)?\.py$/i
const PASSWORD =
  /(["']?)\b([\w.-]{0,60}(?:passw(?:or)?d|pwd))\1[ \t]*(?::=|=>|[:=])[ \t]*(["']?)([^\s"'`,;]{8,64})\3[ \t]*(?=[,;}#\r\n]|$)/gim
const CONNECTION =
  /\b(?:Server|Data Source|Host|Address|Addr)\s*=\s*(?:tcp:)?([^;"'\s=,:\\]{1,200})[^;"'\n]{0,100};[^"'\n]{0,300}?\b(?:Password|Pwd)\s*=\s*([^;"'\n]{6,})/gi
const SHARED_KEY = /\b(?:AccountKey|SharedAccessKey)=([A-Za-z0-9+/]{40,}={0,2})/g
const JWT = /\beyJ[\w-]{10,500}\.(eyJ[\w-]{10,4000})\.[\w-]{20,}/g
const HALF_A_YEAR_S = 180 * 86_400
/** Keys of the emulators of Azure Storage and Cosmos DB, which their manuals print; by digest. */
const EMULATORS = new Set([
  '0011cc25eb4320717494d2703e8cba85743e71b500283c21c8b88147992f9059',
  'aa6547439583c3a275d4542a0df6c1ad6a863971be9f2a2220f027cc02aef615',
])

/** Secrets in the form that settings and the files of tools have. Pure. */
export function settingsSecrets(path: string, content: string): Assigned[] {
  if (isTestCode(path) || SHOWN.test(path)) return []
  return [
    ...byPath(path, content),
    ...connections(path, content),
    ...tokens(path, content),
    ...passwords(path, content),
  ]
}

/** Files whose only content is a secret, or one a line. */
function byPath(path: string, content: string): Assigned[] {
  const found: Assigned[] = []
  const each = (pattern: RegExp, rule: string, secretOf: (match: RegExpMatchArray) => string): void => {
    for (const match of content.matchAll(pattern)) {
      const secret = secretOf(match)
      if (secret !== '') found.push({ index: match.index ?? 0, rule, secret })
    }
  }
  const real = (user: string, password: string, host: string): string =>
    passwordIsHarmless(user, password, host) || isReference(password) ? '' : password
  if (/(^|\/)config\/(master|credentials\/(?!dev|test)\w+)\.key$/.test(path)) each(/^[0-9a-f]{32}(?=\s*$)/g, 'rails-master-key', (match) => match[0]) // prettier-ignore
  if (/(^|\/)[._]netrc$/.test(path))
    each(/\bmachine\s+(\S+)\s+login\s+(\S+)\s+password\s+(\S+)/g, 'netrc-password', ([, host = '', user = '', password = '']) => real(user, password, host)) // prettier-ignore
  if (/(^|\/)\.pgpass$/.test(path))
    each(/^([^#:\n]+):[^:\n]*:[^:\n]*:([^:\n]*):(.+)$/gm, 'pgpass-password', ([, host = '', user = '', password = '']) => real(user, password, host)) // prettier-ignore
  if (/(^|\/)\.htpasswd$/.test(path))
    each(/^[^#:\s]+:(?:\$(?:apr1|2[aby]|[156])\$|\{SHA\})\S+/gm, 'htpasswd', (match) => match[0])
  return found
}

/** Rule for a file that is a store of keys whatever its bytes say; null: it is none, or one of no consequence. */
export function keyStoreRule(path: string, content: string): string | null {
  if (!/\.(p12|pfx|jks|keystore)$/i.test(path) || isTestCode(path) || SHOWN.test(path)) return null
  const name = path.split('/').at(-1) ?? ''
  // Certificates to trust are public, and Android's debug key is the same everywhere.
  if (/trust|cacerts|debug|self-?signed|public/i.test(name) || NOT_SERVED.test(path)) return null
  // Java's own format says what its first entry is; two is a certificate to trust.
  if (content.startsWith('\uFFFD'.repeat(4)) && content.charCodeAt(15) === 2) return null
  return content.length > 0 ? 'key-store' : null
}

function connections(path: string, content: string): Assigned[] {
  const found: Assigned[] = []
  if (NOT_SERVED.test(path) && !PRODUCTION.test(path)) return found
  for (const match of content.matchAll(SHARED_KEY)) {
    const [, key = ''] = match
    if (!EMULATORS.has(createHash('sha256').update(key).digest('hex')) && !isPlaceholder(key))
      found.push({ index: match.index, rule: 'connection-string-key', secret: key })
  }
  for (const match of content.matchAll(CONNECTION)) {
    const [, host = '', password = ''] = match
    if (isRemote(host) && !passwordIsHarmless('', password, host) && !isReference(password))
      found.push({ index: match.index, rule: 'connection-string-password', secret: password })
  }
  return found
}

/** Long-lived tokens of a role that may do more than anybody may. */
function tokens(path: string, content: string): Assigned[] {
  const found: Assigned[] = []
  if (NOT_SERVED.test(path) && !PRODUCTION.test(path)) return found
  for (const match of content.matchAll(JWT)) {
    const claims = claimsOf(match[1] ?? '')
    const line = content.slice(content.lastIndexOf('\n', match.index) + 1, match.index)
    if (/example|sample|dummy|mock|placeholder|demo/i.test(line)) continue
    const { role, iss, iat, exp } = claims
    // The ones that Supabase starts with on one's own machine are printed in its manual.
    if (typeof role !== 'string' || role === 'anon' || iss === 'supabase-demo') continue
    const lasts = typeof exp === 'number' && typeof iat === 'number' && exp - iat >= HALF_A_YEAR_S
    if (role === 'service_role' || lasts) found.push({ index: match.index, rule: 'jwt-of-a-role', secret: match[0] })
  }
  return found
}

function claimsOf(part: string): Readonly<Record<string, unknown>> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof claims === 'object' && claims !== null ? { ...claims } : {}
  } catch {
    return {}
  }
}

/** Passwords that somebody chose, in settings that are not those of one's own machine. */
function passwords(path: string, content: string): Assigned[] {
  const isProduction = PRODUCTION.test(path)
  if (!SETTINGS.test(path) || (NOT_SERVED.test(path) && !isProduction) || /^(\.github|\.gitlab|\.circleci)\//.test(path)) return [] // prettier-ignore
  if (/^\s*(openapi|swagger):|"(openapi|swagger)":|kind:\s*SealedSecret|^sops:|"sops":|^\$ANSIBLE_VAULT/m.test(content)) return [] // prettier-ignore
  if (!isProduction && /localhost|127\.0\.0\.1|\[::1\]|host\.docker\.internal|_?HOST["']?\s*[:=]\s*["']?[a-z_-]+["']?\s*$/im.test(content)) return [] // prettier-ignore
  const isBare = !/\.(json|py)$/.test(path)
  const found: Assigned[] = []
  for (const match of content.matchAll(PASSWORD)) {
    const [, , , quote = '', value = ''] = match
    if ((quote === '' && !isBare) || isPlaceholder(value) || isReference(value)) continue
    const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z\d]/].filter((kind) => kind.test(value)).length
    // Without a name that says production it must be one that nobody takes for a default.
    if (isProduction ? kinds >= 3 : kinds === 4 && value.length >= 10 && !isDefault(value))
      found.push({ index: match.index, rule: 'password-in-settings', secret: value })
  }
  return found
}

/** Words that defaults are made of, however they are spelled. */
function isDefault(value: string): boolean {
  const plain = value.toLowerCase().replace(/[@4]/g, 'a').replace(/0/g, 'o').replace(/[$5]/g, 's').replace(/[1!]/g, 'i').replace(/3/g, 'e') // prettier-ignore
  return /pass|pwd|secret|admin|strong|test|dev|local|welcome|qwerty|example|demo|docker|change|root|user|default|letmein|guest|postgres|mysql|mongo|redis|oracle|sample|dummy/.test(plain) || /123|abc/i.test(value) // prettier-ignore
}

/** A value that names where the password is to be found, or is encrypted. */
function isReference(value: string): boolean {
  return /^[*&!|>%@{[<$#(~^/.]|^__|__$|^(ENC|enc|vault|op|ref|arn|env|file|secret|secrets|ssm|aws|gcp|azurekv|sm|AQICA|CfDJ8)[:(+/]|\$\{|\{\{|\w\(|^(process|os|config|settings|var|local|data|module|env|self|this)\./.test(value) // prettier-ignore
}

/** A name with a point in it that is not of this machine; others are those of a compose file. */
function isRemote(host: string): boolean {
  return (
    /[a-z\d]\.[a-z]/i.test(host) &&
    !/^(127\.|host\.docker\.)|\.(local|localhost|test|invalid|example)$|\.example\./i.test(host)
  )
}
