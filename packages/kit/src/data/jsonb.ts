// NUL, and half of a surrogate pair, as `JSON.stringify` writes them; behind an even number of backslashes, which are text.
const UNKNOWN_TO_JSONB = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/

/** Whether jsonb can hold what `JSON.stringify` wrote: it knows neither NUL nor halves of surrogate pairs, where JSON does. */
export function fitsJsonb(json: string): boolean {
  return !UNKNOWN_TO_JSONB.test(json)
}
