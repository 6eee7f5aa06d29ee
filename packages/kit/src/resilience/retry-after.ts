const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'
// IMF-fixdate, the only form that may be sent (RFC 9110, section 5.6.7).
const DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/
const SECONDS = /^\d{1,10}$/

/**
 * What a `Retry-After` field asks for (RFC 9110, section 10.2.3): seconds, or a date.
 * @param wallMs the wall clock; milliseconds since the epoch
 * @returns milliseconds from now, 0 for a date that is past; null for a missing or malformed field
 */
export function parseRetryAfter(value: string | null | undefined, wallMs: number = Date.now()): number | null {
  if (value === null || value === undefined || value.length > 64) return null
  const text = value.trim()
  if (SECONDS.test(text)) return Number(text) * 1000
  const date = DATE.exec(text)
  if (!date) return null
  const [day, month, year, hour, minute, second] = [
    Number(date[1]),
    MONTHS.indexOf(date[2] ?? '') / 3,
    Number(date[3]),
    Number(date[4]),
    Number(date[5]),
    Number(date[6]),
  ]
  if (!Number.isInteger(month) || month < 0 || hour > 23 || minute > 59 || second > 60) return null
  const atMs = Date.UTC(year, month, day, hour, minute, second)
  // A 31st of February would be a day in March otherwise.
  if (new Date(Date.UTC(year, month, day)).getUTCDate() !== day) return null
  return Math.max(0, atMs - wallMs)
}
