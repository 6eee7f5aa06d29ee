import type { LogLine } from '@greengate/contracts'

const DEPTH_MAX = 4
const KEYS_MAX = 120

/** The object on a line, or null where the line is not one JSON object. */
export function parseRecord(text: string): Record<string, unknown> | null {
  const trimmed = text.trim()
  if (!trimmed.startsWith('{')) return null
  try {
    const value: unknown = JSON.parse(trimmed)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** Lines with something on them. */
export function writtenLines(lines: readonly LogLine[]): LogLine[] {
  return lines.filter((line) => line.text.trim() !== '')
}

/** Names of all members that hold something, nested ones joined with dots: `req.id`. */
export function filledKeys(record: Record<string, unknown>, prefix = '', depth = 0): string[] {
  const keys: string[] = []
  for (const [name, value] of Object.entries(record)) {
    if (value === null || value === undefined || value === '') continue
    const key = prefix === '' ? name : `${prefix}.${name}`
    if (typeof value === 'object' && !Array.isArray(value)) {
      if (depth < DEPTH_MAX) keys.push(...filledKeys(value as Record<string, unknown>, key, depth + 1))
    } else {
      keys.push(key.slice(0, 80))
    }
  }
  return keys.slice(0, KEYS_MAX)
}

/** What a request's record must say, with the names that frameworks and log schemas (ECS, OpenTelemetry, GCP) use. */
export const LOG_FIELDS = {
  event: ['event', 'event.name', 'msg', 'message', 'body', 'action'],
  level: ['level', 'severity', 'lvl', 'loglevel', 'levelname', 'severitytext', 'severitynumber'],
  time: ['time', 'timestamp', 'ts', '@timestamp', 'datetime', 'date', 'asctime', 't'],
  service: [
    'service',
    'servicename',
    'service.name',
    'name',
    'app',
    'appname',
    'application',
    'logger',
    'loggername',
    'component',
  ],
  'correlation id': [
    'correlationid',
    'requestid',
    'reqid',
    'req.id',
    'request.id',
    'traceid',
    'trace.id',
    'xrequestid',
    'xcorrelationid',
    'correlation.id',
  ],
  duration: [
    'duration',
    'durationms',
    'durations',
    'durationus',
    'durationns',
    'responsetime',
    'responsetimems',
    'elapsed',
    'elapsedms',
    'elapsedtime',
    'latency',
    'latencyms',
    'latencys',
    'took',
    'tookms',
    'requesttime',
    'processtime',
    'processingtime',
    'event.duration',
  ],
  actor: [
    'actor',
    'actorid',
    'actor.id',
    'user',
    'userid',
    'user.id',
    'username',
    'user.name',
    'usr.id',
    'sub',
    'subject',
    'principal',
    'principalid',
    'account',
    'accountid',
    'enduser.id',
    'clientid',
    'apikeyid',
  ],
} as const satisfies Record<string, readonly string[]>
export type LogField = keyof typeof LOG_FIELDS

/** Whether one of the keys says this field, in any spelling and at any depth. */
export function saysField(keys: readonly string[], field: LogField): boolean {
  const names: readonly string[] = LOG_FIELDS[field]
  return keys.some((key) => {
    const parts = key.toLowerCase().replaceAll(/[-_]/g, '').split('.')
    const last = parts.at(-1) ?? ''
    const lastTwo = parts.slice(-2).join('.')
    return names.includes(last) || names.includes(lastTwo)
  })
}
