import { createHash } from 'node:crypto'
import type { LimitTake } from './decision.ts'

const LENGTH_MAX = 128

/**
 * The key of one caller and limit in a shared store. A long key, or one with characters that a store may not take, is
 * hashed, so that callers decide neither the size of a row nor its encoding; the two shapes can't collide.
 */
export function storeKey(prefix: string, { limit, key }: Pick<LimitTake, 'limit' | 'key'>): string {
  return key.length <= LENGTH_MAX && /^[\x21-\x7e]*$/.test(key)
    ? `${prefix}${limit.name}=${key}`
    : `${prefix}${limit.name}#${createHash('sha256').update(key).digest('base64url')}`
}

/** @throws Error when a store answered something else than a pair per take: stored state is parsed, never believed */
export function limitStateOf(fits: unknown, usedUs: unknown): { readonly fits: boolean; readonly usedUs: number } {
  const used = typeof usedUs === 'string' ? Number(usedUs) : usedUs
  const known = fits === true || fits === false || fits === 0 || fits === 1
  if (!known || typeof used !== 'number' || !Number.isSafeInteger(used) || used < 0)
    throw new Error('the store of the rate limits answered something that is no state of a limit')
  return { fits: fits === true || fits === 1, usedUs: used }
}
