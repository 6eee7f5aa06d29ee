const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** How far ahead of ours a meter's clock may be. */
const AHEAD_MAX_MS = 5 * MINUTE_MS
/** How long after it happened an event is still taken. */
export const LATE_MAX_DAYS = 90
/** How long after its end a period stays open for what was on its way. */
export const CLOSES_AFTER_HOURS = 72

export type Admission = 'on_time' | 'late' | 'too_late' | 'too_early'

/** When the period of a moment closes: a period is a calendar month (UTC), and open until 72 h after its end. */
export function closesAtMs(occurredMs: number): number {
  const at = new Date(occurredMs)
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1) + CLOSES_AFTER_HOURS * HOUR_MS
}

/** Whether an event may be written now, and whether it came after its period was closed. */
export function admissionOf(occurredMs: number, nowMs: number): Admission {
  if (occurredMs - nowMs > AHEAD_MAX_MS) return 'too_early'
  if (nowMs - occurredMs > LATE_MAX_DAYS * DAY_MS) return 'too_late'
  return nowMs >= closesAtMs(occurredMs) ? 'late' : 'on_time'
}
