import { entropyPerCharacter, isPlaceholder, passwordIsHarmless } from './secret-value.ts'
import { settingsSecrets } from './settings-secrets.ts'
import { isTestCode } from './syntax.ts'

export interface Assigned {
  readonly index: number
  readonly rule: string
  readonly secret: string
}

/** Files that hold random-looking values by nature, or texts about secrets. */
const ELSEWHERE =
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|go\.sum|[^/]*\.lock|[^/]*\.(map|svg|css|html?|md|mdx|rst|adoc|txt|csv|snap|ipynb|po|min\.js|ndjson|har|sql))$|(^|\/)(docs?|examples?|__snapshots__|locales?|i18n)\//i
/** Files in which values stand without quotes. */
const BARE = /(^|\/)\.env[\w.-]*$|\.(env|ya?ml|properties|ini|cfg|conf|tfvars|toml|npmrc|pypirc)$/i
const NAMED =
  /(["']?)\b([\w.-]*(?:secret|passw(?:or)?d|passphrase|token|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|credentials?)[\w-]*)\1\s*(?::=|=>|[:=])[ \t]*(["'`]?)([^\s"'`,;]{16,200})/gi
/** Names of what is about a secret and is none. */
const ABOUT =
  /(hash|digest|checksum|integrity|public|url|uri|path|file|name|header|prefix|suffix|pattern|regexp?|type|field|label|hint|title|message|error|ref|arn|version|expir\w*|ttl|length|_id|Id|ID)$|^(public|csrf|xsrf)|^\.|keyboard|tokeni[sz]/
const ADDRESS =
  /\b(?:rediss?|amqps?|smtps?|mysql|mariadb|postgres(?:ql)?|mongodb(?:\+srv)?|nats|ftps?|https?):\/\/([^:@/\s'"`]*):([^@/\s'"`$<{}[\]()]{6,})@([^/:?\s'"`[\]]+)/g
const ENCRYPTED = /kind:\s*SealedSecret|encryptedData:|^\$ANSIBLE_VAULT|^sops:|"sops":/m

/**
 * Values that look minted and are given to a name of a secret, and passwords in addresses: what has no form of its own
 * that a scanner could know. Pure.
 */
export function assignedSecrets(path: string, content: string): Assigned[] {
  const found: Assigned[] = []
  for (const match of content.matchAll(ADDRESS)) {
    const [address, user = '', password = '', host = ''] = match
    if (!passwordIsHarmless(user, password, host) && !isTestCode(path) && !/\.(md|rst|adoc|txt)$/.test(path))
      found.push({ index: match.index, rule: 'password-in-address', secret: address })
  }
  found.push(...settingsSecrets(path, content))
  if (ELSEWHERE.test(path) || isTestCode(path) || ENCRYPTED.test(content)) return found
  const isBare = BARE.test(path)
  for (const match of content.matchAll(NAMED)) {
    const [, , name = '', quote = '', value = ''] = match
    if (quote === '' && !isBare) continue
    if (ABOUT.test(name) || !looksMinted(value)) continue
    found.push({ index: match.index, rule: 'assigned-secret', secret: value })
  }
  return found
}

/** Whether nobody would have thought of this value: mixed characters without words, or long hexadecimal. */
function looksMinted(value: string): boolean {
  if (isPlaceholder(value) || !/^[A-Za-z0-9+/_=.~!@#%^&*-]+$/.test(value)) return false
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value) || /^(https?:|arn:|\/|\.|@)/.test(value)) return false
  if (/^[0-9a-f]{32,}$/i.test(value)) return entropyPerCharacter(value) > 3
  const digits = value.replace(/\D/g, '').length
  const isMixed = /[a-z]/.test(value) && /[A-Z]/.test(value) && digits >= 2
  // Words joined by points or strokes are a name, whatever number ends it.
  if (/^[A-Za-z]+\d*([._/-][A-Za-z]*\d*)*$/.test(value) && digits < 4) return false
  return (isMixed || (digits >= 5 && value.length >= 24)) && entropyPerCharacter(value) > 3.4
}
