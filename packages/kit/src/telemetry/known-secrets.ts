/** Shorter values would be found by chance in any text. */
const VALUE_CHARS_MIN = 6
/** Shortest piece of an encoded value that is searched for. */
const PIECE_CHARS_MIN = 8
const CODES = 256

/** Pieces that the base64 of any text around the value contains, at each of the three alignments. */
function base64Pieces(value: string): string[] {
  const bytes = Buffer.from(value)
  const pieces: string[] = []
  for (let before = 0; before < 3; before++) {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '')
    // The first and the last group also hold bits of what stands around the value.
    const from = before === 0 ? 0 : 4
    const whole = Math.floor((before + bytes.length) / 3) * 4
    pieces.push(encoded.slice(from, whole))
  }
  return pieces.filter((piece) => piece.length >= PIECE_CHARS_MIN)
}

function formsOf(value: string): string[] {
  const pieces = base64Pieces(value)
  const hex = Buffer.from(value).toString('hex')
  return [
    value,
    Buffer.from(value).toString('base64'),
    Buffer.from(value).toString('base64url'),
    encodeURIComponent(value.toWellFormed()),
    new URLSearchParams([['', value]]).toString().slice(1),
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(JSON.stringify(value).slice(1, -1)).slice(1, -1),
    ...pieces,
    ...pieces.map((piece) => piece.replaceAll('+', '-').replaceAll('/', '_')),
    ...(hex.length >= PIECE_CHARS_MIN * 2 ? [hex, hex.toUpperCase()] : []),
  ].filter((form) => form.length >= VALUE_CHARS_MIN)
}

/** Finds known secret values in text, also as base64, hexadecimal, URL-encoded and JSON-escaped. One pass over it. */
export class KnownSecrets {
  /** By the first two characters: whether a form begins like that. */
  readonly #begins = new Uint8Array(CODES * CODES)
  readonly #byStart = new Map<number, string[]>()
  /** Length of the shortest and of the longest form. */
  readonly charsMin: number
  readonly charsMax: number

  /** @param values those below 6 characters are ignored */
  constructor(values: readonly string[]) {
    const kept = values.filter((value) => value.length >= VALUE_CHARS_MIN)
    // Longest first, so that a secret inside another leaves nothing of the outer one.
    const forms = [...new Set(kept.flatMap(formsOf))].toSorted((a, b) => b.length - a.length)
    for (const form of forms) {
      const start = startOf(form, 0)
      this.#begins[start] = 1
      this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), form])
    }
    this.charsMin = forms.at(-1)?.length ?? Number.POSITIVE_INFINITY
    this.charsMax = forms[0]?.length ?? 0
  }

  /** Whether one begins at this place of a text; its length, or 0. */
  at(text: string, index: number): number {
    const start = startOf(text, index)
    if (this.#begins[start] !== 1) return 0
    for (const form of this.#byStart.get(start) ?? []) if (text.startsWith(form, index)) return form.length
    return 0
  }

  /** The text with each of them replaced. */
  replace(text: string, replacement: string): string {
    if (text.length < this.charsMin) return text
    let result = ''
    let from = 0
    for (let index = 0; index <= text.length - this.charsMin; index++) {
      const length = this.at(text, index)
      if (length === 0) continue
      // One that overlaps the next must not leave the next one's end behind.
      let end = index + length
      for (let inner = index + 1; inner < end; inner++) end = Math.max(end, inner + this.at(text, inner))
      result += text.slice(from, index) + replacement
      from = end
      index = end - 1
    }
    return from === 0 ? text : result + text.slice(from)
  }
}

function startOf(text: string, index: number): number {
  return ((text.charCodeAt(index) & 255) << 8) | (text.charCodeAt(index + 1) & 255)
}
