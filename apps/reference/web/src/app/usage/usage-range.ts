export type Period = 'hour' | 'day' | 'month'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** The longest span that the server answers for, in days. */
export const SPAN_DAYS_MAX: Readonly<Record<Period, number>> = { hour: 31, day: 400, month: 1830 }

export const PRESETS = {
  '24h': { label: 'Last 24 hours, by hour', period: 'hour' },
  '7d': { label: 'Last 7 days, by day', period: 'day' },
  '30d': { label: 'Last 30 days, by day', period: 'day' },
  '12m': { label: 'Last 12 months, by month', period: 'month' },
} as const satisfies Readonly<Record<string, { label: string; period: Period }>>
export type Preset = keyof typeof PRESETS

/** What the address of the page asks for. Days are UTC, as the server counts. */
export type RangeChoice =
  | { readonly kind: 'preset'; readonly preset: Preset }
  | { readonly kind: 'custom'; readonly from: string; readonly to: string; readonly period: Period }

export interface Span {
  readonly period: Period
  readonly fromMs: number
  /** Exclusive. */
  readonly toMs: number
}

const DAY = /^\d{4}-\d{2}-\d{2}$/

function isPreset(value: string): value is Preset {
  return Object.hasOwn(PRESETS, value)
}

/** The choice in a query string; whatever is not understood is the last 30 days. */
export function choiceOf(query: URLSearchParams): RangeChoice {
  const range = query.get('range') ?? '30d'
  if (isPreset(range)) return { kind: 'preset', preset: range }
  const from = query.get('from') ?? ''
  const to = query.get('to') ?? ''
  if (range !== 'custom' || !isDay(from) || !isDay(to)) return { kind: 'preset', preset: '30d' }
  const period = query.get('period')
  return { kind: 'custom', from, to, period: period === 'hour' || period === 'month' ? period : 'day' }
}

export function isDay(value: string): boolean {
  return DAY.test(value) && !Number.isNaN(Date.parse(`${value}T00:00:00Z`))
}

/** The start of the period that a moment is in, UTC. */
export function periodStart(ms: number, period: Period): number {
  const at = new Date(ms)
  if (period === 'month') return Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), 1)
  const step = period === 'hour' ? HOUR_MS : DAY_MS
  return Math.floor(ms / step) * step
}

export function nextStart(ms: number, period: Period): number {
  if (period !== 'month') return ms + (period === 'hour' ? HOUR_MS : DAY_MS)
  const at = new Date(ms)
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1)
}

/** Whole periods, the one that is running included. */
export function spanOf(choice: RangeChoice, nowMs: number): Span {
  if (choice.kind === 'custom') {
    const fromMs = Date.parse(`${choice.from}T00:00:00Z`)
    // The last day that was named is part of the span.
    return { period: choice.period, fromMs, toMs: Date.parse(`${choice.to}T00:00:00Z`) + DAY_MS }
  }
  const { period } = PRESETS[choice.preset]
  const toMs = nextStart(periodStart(nowMs, period), period)
  if (choice.preset === '12m') {
    const end = new Date(toMs)
    return { period, fromMs: Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - 12, 1), toMs }
  }
  const days = { '24h': 1, '7d': 7, '30d': 30 }[choice.preset]
  return { period, fromMs: toMs - days * DAY_MS, toMs }
}

/** What is wrong with a span of one's own, by field; empty when the server will take it. */
export function problemsOf(choice: { from: string; to: string; period: Period }): { from?: string; to?: string } {
  const problems: { from?: string; to?: string } = {}
  if (!isDay(choice.from)) problems.from = 'Enter the first day, for example 2026-11-01.'
  if (!isDay(choice.to)) problems.to = 'Enter the last day, for example 2026-11-30.'
  if (problems.from !== undefined || problems.to !== undefined) return problems
  const { fromMs, toMs } = spanOf({ kind: 'custom', ...choice }, 0)
  if (fromMs >= toMs) return { to: 'The last day must not be before the first.' }
  const daysMax = SPAN_DAYS_MAX[choice.period]
  if (toMs - fromMs > daysMax * DAY_MS) {
    return { to: `By ${choice.period}, at most ${daysMax} days can be shown. Choose fewer days or a longer period.` }
  }
  return problems
}
