import type { SecretKeys } from './secret-keys.ts'

/** What stands in the place of a secret. */
export const HIDDEN = '[redacted]'

// Every pattern is linear: one class repeated, bounded by what can't be in it, and none that may begin in many places of
// the same run. They run only on text that `mayHoldSecret` did not clear.
const JWT = /eyJ[A-Za-z0-9_-]{9,}(?:\.[A-Za-z0-9_-]*){1,4}/g
const SCHEME = /\b(bearer|basic)(\s{1,3}|%20|\+)([A-Za-z0-9._~+/=%-]{6,})/gi
// Words of plain speech as well: what follows has to be as long as no word is.
const WEAK_SCHEME = /\b(digest|token|apikey|negotiate)(\s{1,3}|%20|\+)([A-Za-z0-9._~+/=%-]{16,})/gi
const PEM_BEGIN = '-----BEGIN '
const PEM_END = /-----END [A-Z0-9 ]{1,40}-----/g
const URL_PASSWORD = /(:\/\/[^\s:/@?#"'<>]{0,256}):([^\s/"'<>]{1,512})@/g
// A name that long is no name but a key: `https://<token>@git.example`.
const URL_KEY = /(:\/\/)[A-Za-z0-9_%.-]{20,256}@/g
const VENDOR = new RegExp(
  [
    String.raw`(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}`,
    String.raw`(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{8,}`,
    String.raw`whsec_[A-Za-z0-9+/=_-]{8,}`,
    String.raw`gh[pousr]_[A-Za-z0-9]{16,}`,
    String.raw`github_pat_[A-Za-z0-9_]{16,}`,
    String.raw`gl(?:pat|ptt|rt|dt|soat|cbt)-[A-Za-z0-9_-]{12,}`,
    String.raw`xox[a-z]-[A-Za-z0-9-]{8,}`,
    String.raw`xapp-[A-Za-z0-9-]{8,}`,
    String.raw`AIza[A-Za-z0-9_-]{20,}`,
    String.raw`ya29\.[A-Za-z0-9._-]{10,}`,
    String.raw`GOCSPX-[A-Za-z0-9_-]{10,}`,
    String.raw`npm_[A-Za-z0-9]{20,}`,
    String.raw`SG\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}`,
    String.raw`sk-[A-Za-z0-9_-]{16,}`,
    String.raw`shp(?:at|ca|pa|ss)_[A-Za-z0-9]{16,}`,
    String.raw`(?:dop|doo|dor)_v1_[A-Za-z0-9]{16,}`,
    String.raw`hf_[A-Za-z0-9]{16,}`,
    String.raw`(?:EAAC|EAAG)[A-Za-z0-9]{16,}`,
  ].join('|'),
  'g',
)
const SLACK_HOOK = /(hooks\.slack\.com\/(?:services|workflows)\/)[A-Za-z0-9/_-]+/g
// Groups of one digit are no card numbers: without this, rows of them would be looked at in every combination.
const DIGITS = /\d{2,}(?:[ -]{1,2}\d{2,}){0,7}/g
const TAG = /<([A-Za-z][\w:.-]{0,63})((?:\s[^<>]{0,256})?)>[^<]{1,4096}/g
// A line feed, as it is or as JSON inside a text writes it.
const BREAK = String.raw`(?:\r?\n|\\{1,128}r\\{1,128}n|\\{1,128}n)`
const FORM_PART = new RegExp(
  String.raw`name=\\{0,128}"([^"\\\r\n]{1,64})\\{0,128}"((?:${BREAK}[^\\\r\n]{1,256}){0,5}${BREAK}${BREAK})(?:(?!${BREAK})[^]){1,4096}`,
  'g',
)
const OPTION = /(--[A-Za-z][A-Za-z0-9-]{1,63} {1,4})("[^"]{0,4096}"?|'[^']{0,4096}'?|[^\s"']{1,4096})/g

/** Shortest run of characters that one of the key shapes above is made of. */
const RUN_MIN = 12
const CARD_DIGITS_MIN = 12

/**
 * False for text that no pattern can match, found in one pass over its characters: no separator, no address sign, no
 * long run as keys are made of, no row of digits, and no word like `bearer` before a blank.
 */
export function mayHoldSecret(text: string): boolean {
  let run = 0
  let digits = 0
  let previous = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 46) {
      run++
      digits = 0
      // The only key shape whose rest may be parted by + and / into short runs.
      if (code === 95 && text.startsWith('whsec_', at - 5)) return true
    } else if (code >= 48 && code <= 57) {
      run++
      if (++digits >= CARD_DIGITS_MIN) return true
    } else if (code === 45) {
      // A hyphen belongs to keys and parts groups of digits; two of them begin an option or a PEM block.
      run++
      if (previous === 45) return true
    } else if (code === 61 || code === 58 || code === 37 || code === 64 || code === 60) {
      // = : % @ <
      return true
    } else {
      // bearer, basic, digest, token, apikey, negotiate end in one of these letters.
      if (run >= 5 && isSchemeEnd(previous)) return true
      run = 0
      if (code !== 32) digits = 0
    }
    if (run >= RUN_MIN) return true
    previous = code
  }
  return false
}

function isSchemeEnd(code: number): boolean {
  const lower = code | 32
  return lower === 114 || lower === 99 || lower === 116 || lower === 110 || lower === 121 || lower === 101
}

/** Hides what looks like a secret by its own shape, wherever it stands. */
export function hideShapes(text: string, keys: SecretKeys): string {
  let result = text
  if (result.includes(PEM_BEGIN)) result = hidePem(result)
  if (result.includes('eyJ')) result = result.replace(JWT, HIDDEN)
  if (result.includes('://')) {
    result = result.replace(URL_PASSWORD, `$1:${HIDDEN}@`).replace(URL_KEY, `$1${HIDDEN}@`)
    result = result.replace(SLACK_HOOK, `$1${HIDDEN}`)
  }
  result = result.replace(VENDOR, HIDDEN)
  result = result.replace(SCHEME, `$1$2${HIDDEN}`).replace(WEAK_SCHEME, `$1$2${HIDDEN}`)
  result = result.replace(DIGITS, hideCards)
  if (result.includes('<'))
    result = result.replace(TAG, (all, name: string, rest: string) =>
      keys.kind(name) === 'plain' ? all : `<${name}${rest}>${HIDDEN}`,
    )
  if (result.includes('name='))
    result = result.replace(FORM_PART, (all, name: string, between: string) =>
      keys.kind(name) === 'plain' ? all : `name="${name}"${between}${HIDDEN}`,
    )
  if (result.includes('--'))
    result = result.replace(OPTION, (all, option: string) =>
      keys.kind(option.trim()) === 'plain' ? all : `${option}${HIDDEN}`,
    )
  return result
}

/** Private keys and certificates alike; one without its end, cut off by a limit, up to the end of the text. */
function hidePem(text: string): string {
  let result = ''
  let from = 0
  for (;;) {
    const begin = text.indexOf(PEM_BEGIN, from)
    if (begin < 0) return result + text.slice(from)
    result += text.slice(from, begin) + HIDDEN
    PEM_END.lastIndex = begin
    if (PEM_END.exec(text) === null) return result
    from = PEM_END.lastIndex
  }
}

/** Hides card numbers in a row of digits that blanks and hyphens part into groups: whole groups, never a part of one. */
function hideCards(row: string): string {
  if (row.length < CARD_DIGITS_MIN) return row
  const groups = row.split(/([ -]+)/)
  for (let first = 0; first < groups.length; first += 2) {
    let digits = ''
    for (let last = first; last < groups.length && digits.length < 19; last += 2) {
      digits += groups[last] ?? ''
      if (!isCard(digits)) continue
      groups.splice(first, last - first + 1, HIDDEN)
      break
    }
  }
  return groups.join('')
}

/** A card number by length, first digit (ISO/IEC 7812-1: 2 to 6 for payment) and check digit (Luhn). */
function isCard(digits: string): boolean {
  if (digits.length < 13 || digits.length > 19) return false
  const first = digits.charCodeAt(0)
  if (first < 50 || first > 54) return false
  let sum = 0
  for (let at = digits.length - 1, index = 0; at >= 0; at--, index++) {
    const digit = digits.charCodeAt(at) - 48
    const weighted = index % 2 === 1 ? digit * 2 : digit
    sum += weighted > 9 ? weighted - 9 : weighted
  }
  return sum % 10 === 0
}
