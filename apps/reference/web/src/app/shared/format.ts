/** Dates and numbers as the reader's language writes them. Without a locale the browser's own is used. */

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** A moment with day and time, in the reader's own time zone unless one is named. */
export function formatMoment(iso: string, locale?: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    timeStyle: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(new Date(iso))
}

/** A day without a time. */
export function formatDay(iso: string, locale?: string, timeZone?: string): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: 'medium',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(new Date(iso))
}

export function formatNumber(value: number | bigint, locale?: string): string {
  return new Intl.NumberFormat(locale).format(value)
}

/** Short enough for an axis: 12,500 is 12.5K. */
export function formatCompact(value: number, locale?: string): string {
  return new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 }).format(value)
}

const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** A size in bytes, in the largest unit that leaves at least one. */
export function formatSize(bytes: number, locale?: string): string {
  const step = bytes < 1 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(bytes) / 3))
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: SIZES[step] ?? 'byte',
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: step === 0 ? 0 : 1,
  }).format(bytes / 1000 ** step)
}

/** How long ago, or until when, in words: "5 minutes ago", "in 2 days". */
export function formatRelative(iso: string, nowMs: number, locale?: string): string {
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  const distanceMs = Date.parse(iso) - nowMs
  const size = Math.abs(distanceMs)
  if (size < MINUTE_MS) return words.format(0, 'minute')
  if (size < HOUR_MS) return words.format(Math.trunc(distanceMs / MINUTE_MS), 'minute')
  if (size < DAY_MS) return words.format(Math.trunc(distanceMs / HOUR_MS), 'hour')
  return words.format(Math.trunc(distanceMs / DAY_MS), 'day')
}

/** `1 member`, `2 members`: the plural that the language asks for. */
export function formatCount(count: number, one: string, other: string, locale?: string): string {
  const form = new Intl.PluralRules(locale).select(count) === 'one' ? one : other
  return `${formatNumber(count, locale)} ${form}`
}
