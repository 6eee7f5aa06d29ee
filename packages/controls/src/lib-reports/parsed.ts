/** What a report said, or why it can't be believed. A report that can't be read is never a good one. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: 'report-empty' | 'report-broken' | 'report-unsafe'; readonly message: string }

export function broken(message: string): Parsed<never> {
  return { ok: false, code: 'report-broken', message }
}

export function empty(what: string): Parsed<never> {
  return { ok: false, code: 'report-empty', message: `the ${what} report is empty` }
}

/** A whole number of at least 0 from a report's text; null for anything else. */
export function wholeNumber(text: string | undefined): number | null {
  if (text === undefined || !/^\s*\d+(?:\.0+)?\s*$/.test(text)) return null
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : null
}

/** The first `max` characters, so that one message can't fill an observation. */
export function brief(text: string, max = 300): string {
  const flat = text.replace(/\s+/g, ' ').trim()
  return flat.length <= max ? flat : `${flat.slice(0, max - 1)}…`
}
