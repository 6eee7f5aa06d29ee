import { z } from 'zod'

/** What became of one start, as an observation keeps it. */
export const bootRecordSchema = z.strictObject({
  /** What was different about this start. */
  purpose: z.string(),
  /** Names of the variables that were changed. */
  variables: z.array(z.string()),
  outcome: z.enum(['ready', 'exited', 'not-ready']),
  code: z.int().nullable(),
  signal: z.string().nullable(),
  /** Until it was ready, had exited, or was given up. */
  afterMs: z.int(),
  /** Whether anything listened on its port at any moment. */
  portOpened: z.boolean(),
  /** The last lines of its output. */
  lines: z.array(z.string()),
})
export type BootRecord = z.infer<typeof bootRecordSchema>

/** Why a start that had to be refused was not refused in an orderly way. */
export interface RefusalProblem {
  readonly code: 'started-anyway' | 'did-not-exit' | 'exit-zero' | 'killed-by-signal'
  readonly message: string
  readonly observed: string
}

/** Null: it ended by itself, with an exit code other than 0. */
export function refusalProblem(record: BootRecord): RefusalProblem | null {
  const observed = describeBoot(record)
  if (record.outcome === 'ready')
    return { code: 'started-anyway', message: `Started ${record.purpose}, it became ready.`, observed }
  if (record.outcome === 'not-ready') {
    return record.portOpened
      ? { code: 'started-anyway', message: `Started ${record.purpose}, it opened its port and went on.`, observed }
      : { code: 'did-not-exit', message: `Started ${record.purpose}, it neither started nor exited.`, observed }
  }
  if (record.code === 0)
    return { code: 'exit-zero', message: `Started ${record.purpose}, it exited as if all were well.`, observed }
  if (record.code === null)
    return { code: 'killed-by-signal', message: `Started ${record.purpose}, it was ended by a signal.`, observed }
  return null
}

/** One line about a start, for a finding. */
export function describeBoot(record: BootRecord): string {
  const port = record.portOpened ? 'port opened' : 'port never opened'
  if (record.outcome === 'exited')
    return `exit ${record.code ?? record.signal ?? 'unknown'} after ${record.afterMs} ms, ${port}`
  return `${record.outcome} after ${record.afterMs} ms, ${port}`
}

/** One message of a service: a JSON line, or a run of plain lines that belong together. */
export interface Message {
  readonly text: string
  /** Null for plain text. */
  readonly json: Readonly<Record<string, unknown>> | null
}

/** Groups output lines into messages: a person reads a multi-line error as one. */
export function messagesOf(lines: readonly string[]): Message[] {
  const messages: Message[] = []
  let plain: string[] = []
  const flush = (): void => {
    if (plain.length > 0) messages.push({ text: plain.join('\n'), json: null })
    plain = []
  }
  for (const line of lines) {
    const json = jsonObject(line)
    if (json === null) plain.push(line)
    else {
      flush()
      messages.push({ text: line, json })
    }
  }
  flush()
  return messages
}

/** Whether a text names a variable as a word of its own: `PORT` is not named by `EXPORT` or `PORT_RANGE`. */
export function names(text: string, variable: string): boolean {
  const escaped = variable.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`(?<![A-Za-z0-9_])${escaped}(?![A-Za-z0-9_])`).test(text)
}

const ERROR_LEVELS = /^(error|err|fatal|critical|crit|alert|emerg(ency)?|panic|severe)$/i
/** pino and bunyan: error is 50, fatal 60. */
const ERROR_LEVEL_NUMBER = 50

/** Whether a structured line is an error record: by its level, or because it carries an error and no level at all. */
export function isErrorRecord(json: Readonly<Record<string, unknown>>): boolean {
  const level = json['level'] ?? json['severity'] ?? json['lvl'] ?? json['levelname'] ?? json['log.level'] ?? json['@l']
  if (typeof level === 'number') return level >= ERROR_LEVEL_NUMBER
  if (typeof level === 'string') return ERROR_LEVELS.test(level)
  return ['error', 'err', 'exception'].some((key) => json[key] !== undefined && json[key] !== null && json[key] !== '')
}

/** A line without what differs from one occurrence to the next: times, process ids, other numbers. */
export function normaliseLine(line: string): string {
  return line
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:?\d\d)?/g, '<time>')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
    .replaceAll(/\d+/g, '<n>')
    .trim()
}

/** Replaces the first element that fits; null if none does: for refutations. */
export function changeFirst<T>(list: readonly T[], fits: (item: T) => boolean, change: (item: T) => T): T[] | null {
  const index = list.findIndex(fits)
  const item = list[index]
  return index < 0 || item === undefined ? null : list.with(index, change(item))
}

/** The record of a service that ignored the problem: for refutations. */
export function asStarted<T extends BootRecord>(record: T): T {
  return { ...record, outcome: 'ready', code: null, signal: null, portOpened: true }
}

function jsonObject(line: string): Readonly<Record<string, unknown>> | null {
  const text = line.trim()
  if (!text.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}
