import { bodyLeaks, leakExcerpts } from './leaks.ts'

/** Characters of a body's head that an observation keeps: enough for any error envelope and for the head of a stack trace. */
const HEAD_CHARS_MAX = 1500
/** In a long JSON body: characters that are kept of each string, and members of each list. */
const TEXT_CHARS_MAX = 200
const LIST_MAX = 3
const DEPTH_MAX = 8
/** Stands where something was left out; no pattern of a leak begins or ends with it. */
const LEFT_OUT = '[…]'

/**
 * What an observation keeps of a body. A short one is kept as it is. Of a long one: the head, and a short piece of
 * everything after it that only the inside of a service writes: a debug page shows its style sheet first and its stack
 * trace last. A long JSON body that gives nothing away stays JSON, with its texts and lists shortened: cut off in the
 * middle, a sound envelope would be none.
 */
export function keptBody(body: string, requestPath: string): string {
  if (body.length <= HEAD_CHARS_MAX) return body
  const head = body.slice(0, HEAD_CHARS_MAX)
  const known = bodyLeaks(head, requestPath)
  const excerpts = leakExcerpts(
    body,
    requestPath,
    known.map((leak) => leak.code),
  )
  if (known.length > 0 || excerpts.length > 0) return [head, ...excerpts].join(`\n${LEFT_OUT}`)
  const short = shortJson(body)
  // What is left must not read as a leak that the whole was not.
  return short !== null && bodyLeaks(short, requestPath).length === 0 ? short : head
}

function shortJson(body: string): string | null {
  try {
    const short = JSON.stringify(shorten(JSON.parse(body), 0))
    return short.length <= HEAD_CHARS_MAX ? short : null
  } catch {
    return null
  }
}

function shorten(value: unknown, depth: number): unknown {
  if (typeof value === 'string')
    return value.length > TEXT_CHARS_MAX ? `${value.slice(0, TEXT_CHARS_MAX)}${LEFT_OUT}` : value
  if (typeof value !== 'object' || value === null) return value
  if (depth >= DEPTH_MAX) return LEFT_OUT
  if (Array.isArray(value)) return value.slice(0, LIST_MAX).map((entry) => shorten(entry, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, shorten(entry, depth + 1)]))
}
