/**
 * Text that came from a service can hold anything: escapes that repaint the terminal, bytes that XML forbids, marks
 * that turn the reading direction round. All formats print it through `visible`, which shows such characters instead
 * of obeying them.
 */

// Control characters but for tab and newline, direction marks, line separators, lone surrogates and non-characters.
const UNSAFE =
  /[^\P{Cc}\n\t]|[\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]|\p{Cs}/gu

const shown = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** The text with everything invisible or dangerous spelt out (`\x1b`). Newlines stay, tabs become spaces. */
export function visible(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(/\t/g, '  ').replace(UNSAFE, shown)
}

/** `visible` on one line, cut to `charsMax` characters. */
export function oneLine(text: string, charsMax = 1_000): string {
  return clip(
    visible(text)
      .replace(/\s*\n\s*/g, ' ')
      .trim(),
    charsMax,
  )
}

/** Cuts to at most `charsMax` code units and says how much is not shown. Never splits a surrogate pair. */
export function clip(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text
  const end = /[\ud800-\udbff]/.test(text.charAt(charsMax - 1)) ? charsMax - 1 : charsMax
  return `${text.slice(0, end)}… (${text.length - end} more characters)`
}

/** `850 ms`, `12.3 s`, `4 min 05 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  const totalS = Math.round(ms / 1_000)
  return `${Math.floor(totalS / 60)} min ${String(totalS % 60).padStart(2, '0')} s`
}

/** `8 s`, `4 min 05 s`: for what is redrawn all the time and must not flicker. */
export function elapsed(ms: number): string {
  return ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1_000))} s` : duration(Math.floor(ms / 1_000) * 1_000)
}

/** `1 control`, `2 controls`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const NARROW = /^[\u0020-\u007e\u00a0-\u02ff]*$/
const ZERO = /\p{M}|\p{Cf}/u

const cells = (character: string): number => (ZERO.test(character) ? 0 : WIDE.test(character) ? 2 : 1)

/** Columns that a terminal uses for a text without escapes. */
export function displayWidth(text: string): number {
  if (NARROW.test(text)) return text.length
  let width = 0
  for (const character of text) width += cells(character)
  return width
}

/** Cuts to at most `columns` columns, with an ellipsis where something is lost. */
export function fit(text: string, columns: number): string {
  if (columns <= 0) return ''
  if (displayWidth(text) <= columns) return text
  let width = 0
  let out = ''
  for (const character of text) {
    width += cells(character)
    if (width > columns - 1) break
    out += character
  }
  return `${out}…`
}

/** Breaks text into lines of at most `columns` columns, at spaces where there are any. */
export function wrap(text: string, columns: number): readonly string[] {
  const width = Math.max(10, columns)
  return text.split('\n').flatMap((paragraph) => wrapParagraph(paragraph, width))
}

function wrapParagraph(paragraph: string, width: number): readonly string[] {
  const lines: string[] = []
  // An indent says something, as in a stack trace.
  let line = (/^ +/.exec(paragraph)?.[0] ?? '').slice(0, width >> 1)
  for (const word of paragraph.split(' ').filter((part) => part !== '')) {
    if (line.trim() !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line)
      line = ''
    }
    line = line.trim() === '' ? line + word : `${line} ${word}`
    while (displayWidth(line) > width) {
      const head = takeColumns(line, width)
      lines.push(head)
      line = line.slice(head.length)
    }
  }
  lines.push(line)
  return lines
}

function takeColumns(text: string, columns: number): string {
  let width = 0
  let out = ''
  for (const character of text) {
    width += cells(character)
    if (width > columns && out !== '') break
    out += character
  }
  return out
}
