import { nextStart, type Period, periodStart, type Span } from './usage-range.ts'

/** One row of the server's answer: a period in which there was usage. */
export interface UsageRow {
  readonly start: string
  readonly meter: string
  /** Whole, as text: it may be more than a JavaScript number holds. */
  readonly quantity: string
  readonly events: number
  /** How much of it came after its period was closed. */
  readonly late_quantity: string
  readonly late_events: number
}

export interface Point {
  readonly startMs: number
  readonly quantity: bigint
  readonly events: number
  /** What of these came after the period was closed. */
  readonly lateQuantity: bigint
  readonly lateEvents: number
}

/** The usage of one meter, with a point for every period of the span. */
export interface Series {
  readonly meter: string
  readonly points: readonly Point[]
  readonly total: bigint
  readonly events: number
  readonly lateEvents: number
}

// 31 days by hour is the most the server answers for.
const POINTS_MAX = 800

const SHORT = /^(?:api|cpu|gb|gpu|id|kb|mb|sms|tb)$/

/** `api_calls` as people say it: "API calls". */
export function meterName(meter: string): string {
  const words = meter
    .split('_')
    .map((word) => (SHORT.test(word) ? word.toUpperCase() : word))
    .join(' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The starts of the periods of a span, in order. */
export function startsOf(span: Span): number[] {
  const starts: number[] = []
  for (let at = periodStart(span.fromMs, span.period); at < span.toMs; at = nextStart(at, span.period)) {
    if (starts.length >= POINTS_MAX) break
    starts.push(at)
  }
  return starts
}

/** Rows of the server as series by meter, periods without usage filled in. Rows outside the span are left out. */
export function seriesOf(rows: readonly UsageRow[], span: Span): Series[] {
  const starts = startsOf(span)
  const meters = [...new Set(rows.map(({ meter }) => meter))].toSorted()
  return meters.map((meter) => {
    const known = new Map(rows.filter((row) => row.meter === meter).map((row) => [Date.parse(row.start), row]))
    const points = starts.map((startMs): Point => {
      const row = known.get(startMs)
      return {
        startMs,
        quantity: row ? BigInt(row.quantity) : 0n,
        events: row?.events ?? 0,
        lateQuantity: row ? BigInt(row.late_quantity) : 0n,
        lateEvents: row?.late_events ?? 0,
      }
    })
    return {
      meter,
      points,
      total: points.reduce((sum, { quantity }) => sum + quantity, 0n),
      events: points.reduce((sum, { events }) => sum + events, 0),
      lateEvents: points.reduce((sum, { lateEvents }) => sum + lateEvents, 0),
    }
  })
}

/** The name of a period, UTC. */
export function formatPeriod(startMs: number, period: Period, locale?: string): string {
  const parts: Readonly<Record<Period, Intl.DateTimeFormatOptions>> = {
    hour: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
    day: { day: 'numeric', month: 'short', year: 'numeric' },
    month: { month: 'long', year: 'numeric' },
  }
  return new Intl.DateTimeFormat(locale, { ...parts[period], timeZone: 'UTC' }).format(startMs)
}

/** Short enough to stand under a bar. */
export function formatTick(startMs: number, period: Period, locale?: string): string {
  const parts: Readonly<Record<Period, Intl.DateTimeFormatOptions>> = {
    hour: { hour: '2-digit', minute: '2-digit' },
    day: { day: 'numeric', month: 'short' },
    month: { month: 'short', year: '2-digit' },
  }
  return new Intl.DateTimeFormat(locale, { ...parts[period], timeZone: 'UTC' }).format(startMs)
}
