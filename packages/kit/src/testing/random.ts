import { createHash } from 'node:crypto'

/** Randomness that gives the same every time for the same seed. Not for secrets. */
export interface SeededRandom {
  readonly seed: number
  /** As `Math.random`: from 0 up to, but not including, 1. May be passed on unbound. */
  readonly random: () => number
  /** A whole number from `min` to `max`, both included. @throws RangeError when there is none between them */
  readonly int: (min: number, max: number) => number
  /** One of the items. @throws RangeError for none */
  readonly pick: <T>(items: readonly T[]) => T
  /** Bytes, as `crypto.randomBytes`. At most 1 MiB. @throws RangeError */
  readonly bytes: (count: number) => Buffer
  /** A version 4 UUID. */
  readonly uuid: () => string
  /** A stream of its own that neither disturbs this one nor is disturbed by it; the same name gives the same stream. */
  readonly fork: (name: string) => SeededRandom
}

const BYTES_MAX = 1_048_576

/** The seed of a failing run is what makes it repeatable: print it. Default seed 1. */
export function seededRandom(seed = 1): SeededRandom {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is a whole number, not ${seed}`)
  let state = createHash('sha256').update(String(seed)).digest().readUInt32LE(0)
  // mulberry32: 32 bits of state are plenty for jitter and fault plans.
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const int = (min: number, max: number): number => {
    if (!Number.isSafeInteger(min) || !Number.isSafeInteger(max) || max < min)
      throw new RangeError(`there is no whole number from ${min} to ${max}`)
    return min + Math.floor(random() * (max - min + 1))
  }
  const bytes = (count: number): Buffer => {
    if (!Number.isSafeInteger(count) || count < 0 || count > BYTES_MAX)
      throw new RangeError(`0 to ${BYTES_MAX} bytes can be had, not ${count}`)
    const result = Buffer.alloc(count)
    for (let at = 0; at < count; at += 1) result[at] = Math.floor(random() * 256)
    return result
  }
  return {
    seed,
    random,
    int,
    bytes,
    pick: <T>(items: readonly T[]): T => items[int(0, items.length - 1)] as T,
    uuid: () => {
      const raw = bytes(16)
      raw[6] = ((raw[6] ?? 0) & 0x0f) | 0x40
      raw[8] = ((raw[8] ?? 0) & 0x3f) | 0x80
      return raw.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
    },
    fork: (name) => seededRandom(createHash('sha256').update(`${seed}/${name}`).digest().readUInt32LE(0)),
  }
}
