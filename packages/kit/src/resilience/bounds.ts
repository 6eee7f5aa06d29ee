// More than a timer of Node can hold is fired at once by it.
const TIMER_MS_MAX = 2_147_483_647

/** @throws RangeError unless `value` is a number from `min` to `max` */
export function numberWithin(what: string, value: number, min: number, max: number): number {
  if (typeof value !== 'number' || !(value >= min) || !(value <= max))
    throw new RangeError(`${what} must be a number from ${min} to ${max}, but it is ${String(value)}`)
  return value
}

/** @throws RangeError unless `value` is a whole number from `min` to `max` */
export function wholeWithin(what: string, value: number, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw new RangeError(`${what} must be a whole number from ${min} to ${max}, but it is ${String(value)}`)
  return value
}

/** A time limit that a timer can hold; milliseconds. @throws RangeError below `min` (default 1) or above 24.8 days */
export function durationMs(what: string, value: number, min = 1): number {
  return numberWithin(`${what} (milliseconds)`, value, min, TIMER_MS_MAX)
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$/

/** @throws RangeError for a name that would not do as a label: 1 to 64 letters, digits and `._:/-` */
export function dependencyName(value: string): string {
  if (!NAME.test(value))
    throw new RangeError(
      `a dependency's name has 1 to 64 letters, digits and ._:/- and begins with one of the first two, but it is ${JSON.stringify(value)}`,
    )
  return value
}
