/**
 * Values somebody forgot to replace, and secrets a person made up. A random secret may hold any letters by chance, so
 * short words count only when the value is made of them; the rules below refuse one random 32-character secret in
 * about ten million.
 */
// The address of a sender stands in angle brackets: `Acme <hello@acme.test>` is no form to fill in.
const MARKUP = /<(?![^<>\s@]{1,64}@[^<>\s@]{1,189}>)[^<>]{0,200}>|\$\{[^}]{0,200}\}|\{\{[^}]{0,200}\}\}/
const LONG_WORD =
  /(?:^|[^a-z])(?:change[-_ ]?me|changeit|placeholder|dummy|example|replace[-_ ]?(?:me|this)|insert[-_ ]?here|lorem|your[-_ ](?:[a-z0-9]{1,12}[-_ ]){0,3}(?:key|secret|token|password|api|value)[a-z]*)(?![a-z])/i
const FILLER =
  /change|placeholder|dummy|example|replace|insert|secret|password|passwd|token|value|sample|default|fake|test|todo|fixme|tbd|your|this|here|with|please|none|null|undefined|admin|root|xxx+|key|api|foo|bar|baz|qwerty|letmein|hunter2|me|my|it|the|(?<![a-z0-9])a(?![a-z0-9])/gi
const REPEATED_CHARS = 10
/** Secrets look at most at so many characters: more make none weaker. */
const LOOKED_AT_CHARS = 4096
/** Keys side by side, there and back; seven of them in a row are no chance. */
const KEYBOARD = [
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'yxcvbnm',
  'azertyuiop',
  'qsdfghjklm',
  'wxcvbn',
  '1234567890',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'qazwsxedcrfvtgbyhnujm',
  '1q2w3e4r5t6y7u8i9o0p',
]
const KEYS_MAX = 6
/** From documentation, frameworks and images that many run: compared without case and punctuation. */
const WELL_KNOWN = [
  'akiaiosfodnn7example',
  'wjalrxutnfemik7mdengbpxrficyexamplekey',
  'sktest4ec39hqlyjwdarjtt1zdp7dc',
  'tgr7vmgkeyomuvvsxlcbd1fd',
  'asringsecretatleast256bitslong',
  'astringsecretatleast256bitslong',
  'astringsecretatleast512bitslongsothatitcanbeusedwiththehs512algorithm',
  'djangoinsecure',
  'correcthorsebatterystaple',
  'keyboardcat',
  'thisisasecret',
  'supersecret',
  'notasecret',
  'changeit',
  'deadbeefdeadbeef',
  'cafebabecafebabe',
]
/** Passwords that images and installers come with. */
const DEFAULT_PASSWORDS = new Set(
  'admin administrator password passwd pass postgres postgresql mysql mariadb root toor redis guest rabbitmq minioadmin minio mongo mongodb elastic sa user test tests demo docker default secret app dev qwerty letmein welcome 1234 12345 123456 1234567 12345678 123456789 1234567890'.split(
    ' ',
  ),
)
const WHOLE = /^(?:todo|fixme|tbd|xxx+|none|null|undefined|n\/?a|-+|\.+|\?+|\*+|foo|bar|baz|sample|default|secret)$/i

/** Whether the value stands in for one that was never filled in. */
export function isPlaceholder(value: string): boolean {
  const text = value.trim()
  return MARKUP.test(text) || LONG_WORD.test(text) || WHOLE.test(text)
}

/** Bits of information in the value if its characters were drawn at their own frequencies (Shannon). */
export function entropyBits(value: string): number {
  const counts = new Map<string, number>()
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1)
  let bitsPerChar = 0
  for (const count of counts.values()) bitsPerChar -= (count / value.length) * Math.log2(count / value.length)
  return bitsPerChar * value.length
}

/** Whether a password is one of those that are tried first: it came with the software. */
export function isDefaultPassword(password: string): boolean {
  return DEFAULT_PASSWORDS.has(password.toLowerCase().replaceAll(/[^a-z0-9]/g, ''))
}

function isWellKnown(value: string): boolean {
  const bare = value.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  return WELL_KNOWN.some((one) => bare.includes(one))
}

function hasKeyboardRun(value: string): boolean {
  const text = value.toLowerCase()
  for (const row of KEYBOARD) {
    const back = row.split('').toReversed().join('')
    for (let at = 0; at + KEYS_MAX < row.length; at += 1) {
      if (text.includes(row.slice(at, at + KEYS_MAX + 1)) || text.includes(back.slice(at, at + KEYS_MAX + 1)))
        return true
    }
  }
  return false
}

/** The same ten characters twice: of random values of 64 hexadecimal digits, one in a thousand million has that. */
function repeatsItself(value: string): boolean {
  for (let unit = 1; unit <= value.length / 2; unit += 1) {
    if (
      value ===
      value
        .slice(0, unit)
        .repeat(Math.ceil(value.length / unit))
        .slice(0, value.length)
    )
      return true
  }
  for (let at = 0; at + 2 * REPEATED_CHARS <= value.length; at += 1) {
    if (value.includes(value.slice(at, at + REPEATED_CHARS), at + REPEATED_CHARS)) return true
  }
  return false
}

function longestRun(value: string): number {
  let longest = 0
  for (const step of [-1, 0, 1]) {
    let run = 1
    for (let i = 1; i < value.length; i += 1) {
      run = value.charCodeAt(i) - value.charCodeAt(i - 1) === step ? run + 1 : 1
      longest = Math.max(longest, run)
    }
  }
  return longest
}

/**
 * Why a secret is too weak to be one, or an empty string. At least 16 characters and 48 bits are asked for; refused are
 * placeholders, secrets from documentation, repetitions, and runs of the alphabet or of keys side by side.
 */
export function weakness(secret: string): string {
  const value = secret.slice(0, LOOKED_AT_CHARS)
  if (isPlaceholder(value)) return 'is a placeholder'
  const letters = value.replaceAll(/[^a-z]/gi, '')
  // Of a value that is mostly digits the few letters say nothing: `mk_test_` and a random number have hardly any others.
  const digits = value.replaceAll(/\D/g, '').length
  if (letters.length >= Math.max(4, digits) && letters.replaceAll(FILLER, '').length <= letters.length / 3)
    return 'is a placeholder'
  if (value.length < 16) return 'is shorter than 16 characters'
  if (isWellKnown(value)) return 'is known from documentation'
  if (repeatsItself(value)) return 'repeats itself'
  if (longestRun(value) >= 8) return 'holds a run of 8 or more repeated or consecutive characters'
  if (hasKeyboardRun(value)) return 'holds a run of 7 or more keys side by side'
  if (entropyBits(value) < 48) return 'has too little entropy'
  return ''
}

/** The same for a secret of several lines. A key in PEM repeats its frame, and its numbers have runs of zero by design. */
export function blockWeakness(secret: string): string {
  const value = secret.slice(0, LOOKED_AT_CHARS)
  if (!value.startsWith('-----BEGIN ')) return weakness(secret)
  const body = value.replaceAll(/-----(?:BEGIN|END) [A-Z0-9 ]{1,64}-----|\s/g, '')
  if (isPlaceholder(body)) return 'is a placeholder'
  return body.length < 32 || entropyBits(body) < 96 ? 'has too little entropy' : ''
}
