/** What a key says about its value. */
export type KeyKind = 'plain' | 'secret' | 'secret-text'

/** Words that make a key secret wherever they occur in it, even grown together: `userpassword`, `x-csrf-token`. */
const CONTAINED = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'secret',
  'token',
  'authorization',
  'cookie',
  'credential',
  'apikey',
  'privatekey',
  'accesskey',
  'signingkey',
  'encryptionkey',
  'masterkey',
  'connectionstring',
  'cardnumber',
  'securitycode',
  'jwt',
  // Addresses that are signed give access to whoever holds them.
  'signature',
  'mnemonic',
  'recoverycode',
  'backupcode',
  'verificationcode',
]
/** Words that count only as the whole last word: `smtp.pass`, but neither `passenger` nor `session_count`. */
const WHOLE = new Set([
  'pwd',
  'pass',
  'auth',
  'dsn',
  'bearer',
  'otp',
  'totp',
  'pin',
  'cvv',
  'cvc',
  'ssn',
  'iban',
  'pan',
  'session',
  'sessionid',
  'sid',
  'sig',
  'jsessionid',
  'phpsessid',
])
const WHOLE_PAIRS = new Set([
  'session id',
  'pin code',
  'otp code',
  'auth header',
  'database url',
  'redis url',
  'mongo url',
  'amqp url',
  'pg url',
])
/** Harmless names that contain such a word; compared grown together and in lower case. */
const ALLOWED = ['tokentype', 'tokenizer', 'tokenendpoint', 'secretname', 'cookiename', 'authorizationendpoint']
/** Around such a word they make a number or a yes or no of it: `token_count`, `has_password`, `max_tokens`. */
const MEASURES = new Set(
  (
    'count counts total max min limit length len size used remaining ttl expires expiry expired expiration age at in ' +
    'seconds ms has is needs requires required present valid enabled missing prompt completion input output num version'
  ).split(' '),
)
const CACHE_MAX = 2000
const CACHED_CHARS_MAX = 64

/** Words of a key in lower case: camel, snake, kebab and dotted spellings. One pass, no pattern that could backtrack. */
function wordsOf(key: string): string[] {
  const words: string[] = []
  let word = ''
  let previous = 0
  for (let at = 0; at < key.length; at++) {
    const code = key.charCodeAt(at)
    const upper = code >= 65 && code <= 90
    const letter = upper || (code >= 97 && code <= 122) || (code >= 48 && code <= 57)
    const previousLower = (previous >= 97 && previous <= 122) || (previous >= 48 && previous <= 57)
    const next = key.charCodeAt(at + 1)
    // `userToken` splits before T, `APIKey` before K.
    const begins = upper && (previousLower || (next >= 97 && next <= 122))
    if ((!letter || begins) && word !== '') {
      words.push(word)
      word = ''
    }
    if (letter) word += String.fromCharCode(upper ? code + 32 : code)
    previous = code
  }
  if (word !== '') words.push(word)
  return words
}

/**
 * Tells by its name whether a value is secret. Secret with a measure beside it (`token_count`) hides text and lets
 * numbers and booleans through. Each name is worked out once.
 */
export class SecretKeys {
  readonly #contained: readonly string[]
  readonly #allowed: ReadonlySet<string>
  readonly #cache = new Map<string, KeyKind>()

  /**
   * @param more further words that make a key secret wherever they occur in it
   * @param allowed keys that are not secret, in any spelling
   */
  constructor(more: readonly string[] = [], allowed: readonly string[] = []) {
    const flat = (key: string): string => wordsOf(key).join('')
    this.#contained = [...CONTAINED, ...more.map(flat).filter((word) => word !== '')]
    this.#allowed = new Set([...ALLOWED, ...allowed.map(flat)])
  }

  kind(key: string): KeyKind {
    const known = this.#cache.get(key)
    if (known !== undefined) return known
    const kind = this.#work(key)
    // Names made of ids would otherwise fill the memory.
    if (key.length <= CACHED_CHARS_MAX && this.#cache.size < CACHE_MAX) this.#cache.set(key, kind)
    return kind
  }

  #work(key: string): KeyKind {
    const words = wordsOf(key.length > 256 ? `${key.slice(0, 128)}_${key.slice(-128)}` : key)
    const flat = words.join('')
    if (this.#allowed.has(flat)) return 'plain'
    const last = words.at(-1) ?? ''
    const secret =
      this.#contained.some((word) => flat.includes(word)) ||
      WHOLE.has(last) ||
      WHOLE_PAIRS.has(`${words.at(-2) ?? ''} ${last}`)
    if (!secret) return 'plain'
    return words.some((word) => MEASURES.has(word)) ? 'secret-text' : 'secret'
  }
}
