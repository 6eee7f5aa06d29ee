/**
 * Values somebody forgot to replace, and secrets a person made up. A random secret may hold any letters by chance, so
 * short words count only when the value is made of them; the rules below refuse one random 32-character secret in
 * about ten million.
 */
const MARKUP = /<[^<>]*>|\$\{[^}]*\}|\{\{[^}]*\}\}/
const LONG_WORD =
  /(?:^|[^a-z])(?:change[-_ ]?me|changeit|placeholder|dummy|example|replace[-_ ]?(?:me|this)|insert[-_ ]?here|lorem|your[-_ ](?:[a-z0-9]{1,12}[-_ ]){0,3}(?:key|secret|token|password|api|value)[a-z]*)(?![a-z])/i
const FILLER =
  /change|placeholder|dummy|example|replace|insert|secret|password|passwd|token|value|sample|default|fake|test|todo|fixme|tbd|your|this|here|with|please|none|null|undefined|admin|root|xxx+|key|api|foo|bar|baz|qwerty|letmein|hunter2|me|my|it|the|a/gi
const REPEATED_CHARS = 10
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

/** Why a secret is too weak to be one, or an empty string. At least 16 characters and 48 bits are asked for. */
export function weakness(value: string): string {
  if (isPlaceholder(value)) return 'is a placeholder'
  const letters = value.replaceAll(/[^a-z]/gi, '')
  if (letters.length >= 4 && letters.replaceAll(FILLER, '').length <= letters.length / 3) return 'is a placeholder'
  if (value.length < 16) return 'is shorter than 16 characters'
  if (repeatsItself(value)) return 'repeats itself'
  if (longestRun(value) >= 8) return 'holds a run of 8 or more repeated or consecutive characters'
  if (entropyBits(value) < 48) return 'has too little entropy'
  return ''
}
