import type { SecretKeys } from './secret-keys.ts'
import { HIDDEN } from './secret-text.ts'

const KEY_CHARS_MAX = 64
const BLANKS_MAX = 8
/** Backslashes before a quote: 127 for JSON that was encoded eight times. */
const SLASHES_MAX = 128
/** Fields whose value may hold blanks, commas and semicolons: all of the line is hidden. */
const WHOLE_LINE = /(?:authorization|cookie|authenticate)$/i

/**
 * Hides the values of secret keys inside a text: `key=value`, `key: value`, query parameters, header lines, cookies, and
 * JSON, once or twice encoded. Goes over the text once, from separator to separator: linear.
 */
export function hidePairs(text: string, keys: SecretKeys): string {
  let result = ''
  let from = 0
  let at = 0
  while (at < text.length) {
    const width = separatorAt(text, at)
    if (width === 0) {
      at++
      continue
    }
    const key = keyBefore(text, at, from)
    if (key === '' || keys.kind(key) === 'plain') {
      at += width
      continue
    }
    const begin = skipOpening(text, at + width)
    let end = valueEnd(text, begin, key)
    // With a line feed written as backslash and n, the value runs on into the next key: `a=x\\ntoken: y`. What follows its
    // separator belongs to it.
    for (let last = begin; end > last && end < text.length && separatorAt(text, end - 1) > 0;) {
      last = end
      end = valueEnd(text, skipOpening(text, end), key)
    }
    // Nothing there, or a number of what is only counted.
    if (
      end === begin ||
      text.startsWith(HIDDEN, begin) ||
      (keys.kind(key) === 'secret-text' && isNumber(text, begin, end))
    ) {
      at = Math.max(end, at + width)
      continue
    }
    result += text.slice(from, begin) + HIDDEN
    from = end
    at = end
  }
  return from === 0 ? text : result + text.slice(from)
}

/** Length of the separator at this place: `=`, `:`, or one of them percent-encoded; 0 for none. */
function separatorAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code === 61 || code === 58) return 1
  if (code !== 37 || text.charCodeAt(at + 1) !== 51) return 0
  const third = text.charCodeAt(at + 2) | 32
  return third === 100 || third === 97 ? 3 : 0
}

/** The word before a separator, without quotes, backslashes and blanks; empty for none. */
function keyBefore(text: string, separator: number, from: number): string {
  let end = separator
  let skipped = 0
  let slashes = 0
  while (end > from && skipped < BLANKS_MAX && slashes < SLASHES_MAX) {
    if (text.charCodeAt(end - 1) === 92) {
      end--
      slashes++
      continue
    }
    const width = isPadding(text.charCodeAt(end - 1)) ? 1 : encodedPadding(text, end - 3)
    if (width === 0) break
    end -= width
    skipped++
  }
  let begin = end
  while (begin > from && end - begin < KEY_CHARS_MAX && isKeyChar(text.charCodeAt(begin - 1))) begin--
  return text.slice(begin, end)
}

function isPadding(code: number): boolean {
  // Blank, tab, quotes, closing bracket: `form[password]=`, `"password" :`, `\"password\":`.
  return code === 32 || code === 9 || code === 34 || code === 39 || code === 93 || code === 96
}

/** 3 where a bracket, quote or blank stands percent-encoded: `user%5Btoken%5D=`; else 0. */
function encodedPadding(text: string, at: number): number {
  if (at < 0 || text.charCodeAt(at) !== 37) return 0
  const code = text.slice(at + 1, at + 3).toLowerCase()
  return code === '5d' || code === '22' || code === '27' || code === '20' ? 3 : 0
}

function isKeyChar(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45 ||
    code === 46
  )
}

function skipOpening(text: string, at: number): number {
  let begin = at
  // `=>` and `:=` of other languages, and blanks.
  while (begin < at + BLANKS_MAX && ' \t>='.includes(text.charAt(begin)) && begin < text.length) begin++
  return begin
}

/** Where the value ends that begins here. */
function valueEnd(text: string, begin: number, key: string): number {
  let at = begin
  // Opening backslashes of JSON inside JSON: the closing quote has as many before it.
  while (text.charCodeAt(at) === 92 && at < begin + SLASHES_MAX) at++
  const first = text.charCodeAt(at)
  if (first === 34 || first === 39 || first === 96) return quotedEnd(text, at, at - begin)
  if (first === 91 || first === 123) return bracketEnd(text, at)
  if (WHOLE_LINE.test(key)) return lineEnd(text, begin)
  while (at < text.length && !isDelimiter(text.charCodeAt(at))) at++
  return at
}

/** After the closing quote, which has the same number of backslashes before it as the opening one had. */
function quotedEnd(text: string, open: number, depth: number): number {
  const quote = text.charCodeAt(open)
  let slashes = 0
  for (let at = open + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 92) slashes++
    else {
      if (code === quote && slashes <= depth && (depth > 0 || slashes === 0)) return at + 1
      slashes = 0
    }
  }
  return text.length
}

/** After the bracket that closes the list or object which begins here. */
function bracketEnd(text: string, open: number): number {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 91 || code === 123) depth++
    else if ((code === 93 || code === 125) && --depth === 0) return at + 1
  }
  return text.length
}

function lineEnd(text: string, begin: number): number {
  for (let at = begin; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 10 || code === 13 || (code === 92 && 'nr'.includes(text.charAt(at + 1)))) return at
  }
  return text.length
}

function isDelimiter(code: number): boolean {
  // Blanks, and: " & ' , ; < > ] ` { | }
  return (
    code <= 32 ||
    code === 34 ||
    code === 38 ||
    code === 39 ||
    code === 44 ||
    code === 59 ||
    code === 60 ||
    code === 62 ||
    code === 93 ||
    code === 96 ||
    (code >= 123 && code <= 125)
  )
}

function isNumber(text: string, begin: number, end: number): boolean {
  return /^\d{1,15}(?:\.\d{1,6})?$/.test(text.slice(begin, end))
}
