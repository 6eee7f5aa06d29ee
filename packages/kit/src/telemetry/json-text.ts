/** Longest text that is looked at character by character; the engine's own serialiser is faster on longer ones. */
const SCAN_MAX = 64

/** The text as a JSON string, quotes included. */
export function quote(text: string): string {
  const { length } = text
  if (length > SCAN_MAX) return JSON.stringify(text)
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    // Control characters, quote, backslash, and lone surrogates, which the serialiser turns into escapes.
    if (code < 32 || code === 34 || code === 92 || (code >= 0xd800 && code <= 0xdfff)) return JSON.stringify(text)
  }
  return `"${text}"`
}

/** A finite number as JSON; null for the others, which JSON can't write. */
export function numberText(value: number): string {
  return Number.isFinite(value) ? String(value) : 'null'
}

const MILLIS = Array.from({ length: 1000 }, (_, ms) => `${String(ms).padStart(3, '0')}Z`)

/** Writes times as RFC 3339 in UTC; formats a date once a second instead of once a call. */
export class TimeText {
  #second = Number.NaN
  #prefix = ''

  /** @param epochMs Milliseconds since the epoch; what is no time becomes the epoch */
  of(epochMs: number): string {
    const second = Math.floor(epochMs / 1000)
    if (second !== this.#second) {
      const date = new Date(second * 1000)
      this.#prefix = (Number.isNaN(date.getTime()) ? new Date(0) : date).toISOString().slice(0, -4)
      this.#second = second
    }
    return this.#prefix + (MILLIS[Math.floor(epochMs - second * 1000)] ?? '000Z')
  }
}
