import { randomFillSync } from 'node:crypto'

const POOL_BYTES = 4096
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Fills the bytes with randomness. */
export type FillRandom = (bytes: Uint8Array) => void

/**
 * Trace and span ids (W3C Trace Context, 3.2.2.3 and 3.2.2.4): lower case hexadecimal, never all zero. Randomness is
 * drawn 4 KiB at a time, as one call for each id costs more than the id.
 */
export class RandomIds {
  readonly #pool = new Uint8Array(POOL_BYTES)
  readonly #fill: FillRandom
  #at = POOL_BYTES

  /** @param fill Default `crypto.randomFillSync`. */
  constructor(fill: FillRandom = (bytes) => void randomFillSync(bytes)) {
    this.#fill = fill
  }

  /** 32 hexadecimal digits. */
  traceId(): string {
    return this.#hex(16)
  }

  /** 16 hexadecimal digits. */
  spanId(): string {
    return this.#hex(8)
  }

  #hex(bytes: number): string {
    if (this.#at + bytes > POOL_BYTES) {
      this.#fill(this.#pool)
      this.#at = 0
    }
    let text = ''
    let any = 0
    for (let end = this.#at + bytes; this.#at < end; this.#at++) {
      const byte = this.#pool[this.#at] ?? 0
      any |= byte
      text += HEX[byte]
    }
    // An id of zeros means "none" in the standard. One in 2^64: a broken source would end up here, so no endless loop.
    return any === 0 ? `${text.slice(0, -1)}1` : text
  }
}
