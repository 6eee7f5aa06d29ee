import type { Report } from '@greengate/contracts'

// What JSON lets stand and a terminal or a reader obeys: C1 controls, line separators, direction marks.
const UNSAFE = /[\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]/g

/** The report as data, exactly as its schema says; two spaces, a newline at the end. */
export function renderJson(report: Report): string {
  return jsonText(report)
}

/** JSON that can be printed: the same data, with everything a terminal would obey escaped. */
export function jsonText(value: object): string {
  const text = JSON.stringify(value, null, 2).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return `${text}\n`
}
