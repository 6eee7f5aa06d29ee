import { FAMILIES, type Family, type Report, type ReportControl } from '@greengate/contracts'
import { count } from './text.ts'

export type Status = ReportControl['status']
/** `good` opens the gate, `bad` is broken, `open` is not known, `none` has no object. */
export type Tone = 'good' | 'bad' | 'open' | 'none'

export interface StatusLook {
  /** What people read. Never colour alone. */
  readonly word: string
  readonly sign: string
  readonly tone: Tone
  /** What this status means, for somebody who has never seen it. */
  readonly meaning: string
}

/** In the order in which a person should look at them. */
export const STATUS_LOOKS: Readonly<Record<Status, StatusLook>> = {
  fail: { word: 'failed', sign: '✗', tone: 'bad', meaning: 'The service was seen doing it wrong.' },
  flaky: { word: 'flaky', sign: '≈', tone: 'bad', meaning: 'Identical runs disagreed, so neither answer counts.' },
  error: { word: 'error', sign: '!', tone: 'bad', meaning: 'The check itself broke; nothing is known.' },
  inconclusive: {
    word: 'inconclusive',
    sign: '?',
    tone: 'open',
    meaning: 'It could not be decided from what was seen.',
  },
  expired: { word: 'expired', sign: '↻', tone: 'open', meaning: 'The evidence is too old to count.' },
  missing: { word: 'missing', sign: '○', tone: 'open', meaning: 'There is no evidence for this.' },
  unproved: { word: 'unproved', sign: '◇', tone: 'open', meaning: 'No check proves this yet, so it is not green.' },
  pass: { word: 'proved', sign: '✓', tone: 'good', meaning: 'It was tried, and it is right.' },
  not_applicable: {
    word: 'not applicable',
    sign: '–',
    tone: 'none',
    meaning: 'The service has nothing that this is about.',
  },
}
export const STATUSES = Object.keys(STATUS_LOOKS) as readonly Status[]

/** Only these two let a gate open. Everything else is red, whatever it is called. */
export function isGreen(control: ReportControl): boolean {
  return control.status === 'pass' || control.status === 'not_applicable'
}

export function lookOf(control: ReportControl): StatusLook {
  return STATUS_LOOKS[control.status]
}

/** Worst first, then by id and target. */
export function worstFirst(controls: readonly ReportControl[]): readonly ReportControl[] {
  return controls.toSorted(
    (a, b) =>
      STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status) || compare(a.id, b.id) || compare(a.target, b.target),
  )
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

export interface FamilyGroup {
  readonly key: string
  readonly name: string
  readonly controls: readonly ReportControl[]
}

/** The report's controls by family, in the order of the catalogue. */
export function byFamily(report: Report): readonly FamilyGroup[] {
  const groups = new Map<string, ReportControl[]>(Object.keys(FAMILIES).map((family) => [family, []]))
  for (const control of report.controls) {
    const key = familyOf(control)
    const group = groups.get(key)
    if (group) group.push(control)
    else groups.set(key, [control])
  }
  return [...groups].flatMap(([key, controls]) =>
    controls.length === 0
      ? []
      : [
          {
            key,
            name: familyName(key),
            controls: controls.toSorted((a, b) => compare(a.id, b.id) || compare(a.target, b.target)),
          },
        ],
  )
}

export function familyOf(control: ReportControl): string {
  return /^[A-Z]+/.exec(control.id)?.[0] ?? 'OTHER'
}

const familyName = (key: string): string => (isFamily(key) ? FAMILIES[key] : key)
const isFamily = (key: string): key is Family => Object.hasOwn(FAMILIES, key)

/** How many rows have each status, those with none left out, in the order of `STATUSES`. */
export function statusCounts(controls: readonly ReportControl[]): readonly { status: Status; n: number }[] {
  return STATUSES.map((status) => ({
    status,
    n: controls.filter((control) => control.status === status).length,
  })).filter(({ n }) => n > 0)
}

/** One sentence that a person can repeat. */
export function verdictSentence(report: Report): string {
  const red = report.controls.filter((control) => !isGreen(control))
  const bad = red.filter((control) => lookOf(control).tone === 'bad').length
  const open = red.length - bad
  const parts = [
    ...(bad > 0 ? [`${count(bad, 'control')} ${bad === 1 ? 'is' : 'are'} broken`] : []),
    ...(open > 0
      ? [`${bad > 0 ? open : count(open, 'control')} ${open === 1 ? 'is' : 'are'} not known to be right`]
      : []),
  ].join(', ')
  if (report.verdict === 'green') {
    const allApply = report.controls.every((control) => control.status === 'pass')
    return `Everything that this gate requires is proved${allApply ? '' : ' or does not apply'}.`
  }
  if (report.verdict === 'partial') {
    return `Only a part was judged, so this opens nothing${parts === '' ? '.' : `: ${parts}.`}`
  }
  return parts === '' ? 'The gate stays shut: see the reasons.' : `The gate stays shut: ${parts}.`
}

/**
 * Why a report without a single red row is still not green; empty where the rows say it themselves. Formats that know
 * only rows show it as a row of its own, so that no reader mistakes it for a pass.
 */
export function unexplainedRed(report: Report): string {
  if (report.controls.length === 0) return ['Nothing was judged.', ...report.reasons].join(' ')
  if (report.verdict === 'green' || report.controls.some((control) => !isGreen(control))) return ''
  return [verdictSentence(report), ...report.reasons].join(' ')
}

export function trustSentence(report: Report): string {
  return report.trust === 'runner'
    ? 'evidence signed by a trusted runner: runner trust'
    : 'evidence signed by a key of this user: local trust'
}
