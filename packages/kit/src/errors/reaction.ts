import { classifyError } from './classify.ts'
import type { ErrorClass, ErrorEntry, ErrorRegistry } from './registry.ts'
import { kitErrors } from './registry.ts'
import type { Reaction } from './reaction-kinds.ts'
import { fieldOf } from './thrown-fields.ts'

export { type Reaction, reactions } from './reaction-kinds.ts'

/** What each class asks for unless a code says otherwise. An `Auth` code that is not a 401 is answered and nothing else. */
export const classReactions: Readonly<Record<ErrorClass, Reaction>> = {
  Config: 'crash',
  Network: 'fallback',
  Auth: 'end_session',
  Content: 'last_published',
  DatabaseTimeout: 'open_breaker',
  Validation: 'answer',
  RateLimit: 'answer',
  Conflict: 'answer',
  NotFound: 'answer',
  Internal: 'alert',
}

/** What the service does about a code of its registry. */
export function entryReaction(entry: ErrorEntry): Reaction {
  if (entry.reaction) return entry.reaction
  return entry.class === 'Auth' && entry.status !== 401 ? 'answer' : classReactions[entry.class]
}

/**
 * What the service does about a thrown value (controls ERR-05 to ERR-09 and ERR-11). What nobody knows is an alert.
 * Never throws.
 *
 * @param registry the service's, so that its own codes are known; default the kit's
 * @example
 * switch (reactionOf(error, errorCodes)) {
 *   case 'fallback':
 *     return { ...lastKnown, isFallback: true }
 *   ...
 * }
 */
export function reactionOf(error: unknown, registry: ErrorRegistry = kitErrors): Reaction {
  // By its marks: the configuration room is above this one, and another copy of the kit counts as well.
  if (fieldOf(error, 'code') === 'config_invalid' && fieldOf(error, 'name') === 'ConfigError') return 'crash'
  const known = classifyError(error)
  const code = fieldOf(known, 'code')
  const entry = Object.hasOwn(registry, code) ? registry[code] : undefined
  if (entry) return entryReaction(entry)
  return known.errorClass === undefined ? 'alert' : classReactions[known.errorClass]
}
