/** The value of a date-and-time field, in the reader's time zone, for a moment. */
export function fieldValueOf(ms: number): string {
  const at = new Date(ms)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`
}

export type Scheduled = { readonly ok: true; readonly at: string } | { readonly ok: false; readonly problem: string }

/** The moment in a date-and-time field, as the server takes it. */
export function momentOf(value: string, nowMs: number): Scheduled {
  const ms = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(value) ? new Date(value).getTime() : Number.NaN
  if (Number.isNaN(ms)) return { ok: false, problem: 'Enter the day and the time at which it appears.' }
  if (ms <= nowMs) return { ok: false, problem: 'This time has passed. Choose a later one, or publish now.' }
  return { ok: true, at: new Date(ms).toISOString() }
}

/** An address proposed for a title: `Ärger im Büro!` is `arger-im-buro`. */
export function slugOf(title: string): string {
  return title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60)
    .replace(/-+$/, '')
}
