export const problemContentType = 'application/problem+json; charset=utf-8'
export const jsonContentType = 'application/json; charset=utf-8'

const HEADER_CHARS_MAX = 1024
const RANGES_MAX = 32
const PROBLEM = 'application/problem+json'
// RFC 9110, 12.4.2: 0 to 1 with up to three decimals.
const WEIGHT = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/

/** The weight of a media range; 1 without one; null when it is malformed: then the range is as if it were not there. */
function weightOf(parameters: readonly string[]): number | null {
  for (const parameter of parameters) {
    const text = parameter.trim()
    if (!text.startsWith('q=')) continue
    return WEIGHT.test(text.slice(2)) ? Number(text.slice(2)) : null
  }
  return 1
}

/**
 * Whether the caller would rather have `application/problem+json` (RFC 9457) than `application/json`, by the weights of
 * its Accept header (RFC 9110, 12.5.1). Only a caller that names it gets it, so the default costs next to nothing; named
 * with the same weight as JSON it wins, since a caller that names both understands both. A header of more than 1,024
 * characters or 32 ranges is not read. An error is never answered by 406: an answer in the usual form helps more.
 */
export function wantsProblem(accept: string | undefined): boolean {
  if (accept === undefined || accept.length < PROBLEM.length || accept.length > HEADER_CHARS_MAX) return false
  const text = accept.toLowerCase()
  if (!text.includes(PROBLEM)) return false
  const ranges = text.split(',', RANGES_MAX + 1)
  if (ranges.length > RANGES_MAX) return false
  let problem = 0
  // Of the ranges that JSON falls under, the most specific one counts.
  let json = 0
  let jsonRank = 0
  for (const range of ranges) {
    const [type = '', ...parameters] = range.split(';', 16)
    const rank = ['*/*', 'application/*', 'application/json'].indexOf(type.trim()) + 1
    const isProblem = type.trim() === PROBLEM
    if (!isProblem && rank === 0) continue
    const weight = weightOf(parameters)
    if (weight === null) continue
    if (isProblem) problem = Math.max(problem, weight)
    else if (rank > jsonRank || (rank === jsonRank && weight > json)) {
      json = weight
      jsonRank = rank
    }
  }
  return problem > 0 && problem >= json
}
