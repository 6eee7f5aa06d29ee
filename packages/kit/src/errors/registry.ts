import { kitErrors } from './kit-errors.ts'
import { type Reaction, reactions } from './reaction-kinds.ts'

export { type KitErrorCode, kitErrors } from './kit-errors.ts'

/** The classes of what can go wrong; every code belongs to one. */
export const errorClasses = [
  'Config',
  'Network',
  'Auth',
  'Content',
  'DatabaseTimeout',
  'Validation',
  'RateLimit',
  'Conflict',
  'NotFound',
  'Internal',
] as const
export type ErrorClass = (typeof errorClasses)[number]

/** What a caller has to know about a code. */
export interface ErrorEntry {
  readonly class: ErrorClass
  /** From 400 to 599. */
  readonly status: number
  /** Whether the same request may succeed later without a change. */
  readonly retriable: boolean
  /** Sent as `Retry-After`; seconds, 1 to 86,400. A number exactly when `retriable`. */
  readonly retryAfterS: number | null
  /** Shown to the caller unless the error brings a message that was written for callers. At most 200 characters. */
  readonly message: string
  /** What the caller can do about it. At most 200 characters. */
  readonly fix: string
  /** What the service does about it. Default: what its class asks for, see `reactionOf`. Not shown to callers. */
  readonly reaction?: Reaction
}

export type ErrorRegistry = Readonly<Record<string, ErrorEntry>>

/** The codes of a registry as a union: `type Code = ErrorCodeOf<typeof errorCodes>`. */
export type ErrorCodeOf<R extends ErrorRegistry> = keyof R & string

const TEXT_CHARS_MAX = 200
const RETRY_AFTER_S_MAX = 86_400

function textProblem(name: string, text: unknown): string {
  return typeof text === 'string' && text.length > 0 && text.length <= TEXT_CHARS_MAX && !/\p{Cc}/u.test(text)
    ? ''
    : `needs a ${name} of 1 to ${TEXT_CHARS_MAX} characters without control characters`
}

function entryProblem({ class: of, status, retriable, retryAfterS, message, fix, reaction }: ErrorEntry): string {
  if (!errorClasses.includes(of)) return `needs a class out of ${errorClasses.join(', ')}, not ${of}`
  if (!Number.isInteger(status) || status < 400 || status > 599) return `needs a status from 400 to 599, not ${status}`
  if (retriable !== (retryAfterS !== null)) return 'must have a retryAfterS exactly when it is retriable'
  if (retryAfterS !== null && !(Number.isInteger(retryAfterS) && retryAfterS >= 1 && retryAfterS <= RETRY_AFTER_S_MAX))
    return `needs a retryAfterS from 1 to ${RETRY_AFTER_S_MAX}, not ${retryAfterS}`
  if (reaction !== undefined && !Object.hasOwn(reactions, reaction))
    return `needs a reaction out of ${Object.keys(reactions).join(', ')}, not ${reaction}`
  return textProblem('message', message) || textProblem('fix', fix)
}

/**
 * The kit's codes and the service's own, in one registry. Nothing else is ever answered: a code that is not in it
 * becomes `internal`.
 *
 * @example
 * export const errorCodes = defineErrors({
 *   seat_taken: {
 *     class: 'Conflict', status: 409, retriable: false, retryAfterS: null,
 *     message: 'This seat is taken.', fix: 'Choose another seat.',
 *   },
 * })
 * export type ErrorCode = ErrorCodeOf<typeof errorCodes>
 *
 * @throws RangeError for a code that is not snake case of 3 to 48 characters or already the kit's, and for an entry
 * outside of the bounds named at `ErrorEntry`
 */
export function defineErrors<const T extends ErrorRegistry>(own: T): typeof kitErrors & T {
  for (const [code, entry] of Object.entries(own)) {
    if (!/^[a-z][a-z0-9_]{2,47}$/.test(code) || code in kitErrors)
      throw new RangeError(`error code ${code} is malformed or taken: use snake_case that the kit does not use itself`)
    const problem = entryProblem(entry)
    if (problem) throw new RangeError(`error code ${code} ${problem}`)
  }
  return { ...kitErrors, ...own }
}
