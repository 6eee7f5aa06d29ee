import type { Redactor } from './redact.ts'

/** The parts of a data source name that a client needs. */
export interface SentryDsn {
  /** Where envelopes are sent. */
  readonly url: string
  readonly publicKey: string
}

export type ErrorLevel = 'fatal' | 'error' | 'warning'

/** What is known about an error besides itself. */
export interface ErrorContext {
  /** Default `error`. */
  readonly level?: ErrorLevel
  /** Default: of the request under way. */
  readonly correlationId?: string
  /** Pattern of the route or name of the job that failed. */
  readonly transaction?: string
  /** Nobody expected it: the process ends. Default false. */
  readonly isUnhandled?: boolean
  /** Short values to search by. */
  readonly tags?: Readonly<Record<string, string>>
  /** Anything else; redacted. */
  readonly extra?: Readonly<Record<string, unknown>>
}

/** What is the same for all events of a service. */
export interface EventBase {
  readonly service: string
  readonly release?: string
  readonly environment?: string
}

/** What is asked for once for an event. */
export interface EventStamp {
  /** 32 hexadecimal digits. */
  readonly eventId: string
  readonly atMs: number
  readonly traceparent: string | null
}

/** Name and version that the store is told. Kept equal to package.json by a test. */
export const CLIENT = { name: 'greengate.kit', version: '0.1.0' } as const
const CAUSES_MAX = 8
const FRAMES_MAX = 50
const TAG_CHARS_MAX = 200

/**
 * Reads `https://<key>@<host>[/<path>]/<project>`, as Sentry and those who speak its protocol give it out.
 * @throws RangeError that says which part is missing, without the key
 */
export function parseDsn(text: string): SentryDsn {
  const url = URL.canParse(text) ? new URL(text) : null
  const expected = 'the DSN must look like https://<key>@<host>/<project>'
  if (url === null) throw new RangeError(`${expected}; this is no address`)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new RangeError(`${expected}; its scheme is ${url.protocol}`)
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(url.username)) throw new RangeError(`${expected}; the key is missing or malformed`)
  const path = url.pathname.replace(/\/$/, '')
  const cut = path.lastIndexOf('/')
  const project = path.slice(cut + 1)
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(project)) throw new RangeError(`${expected}; the project is missing or malformed`)
  return { url: `${url.origin}${path.slice(0, Math.max(0, cut))}/api/${project}/envelope/`, publicKey: url.username }
}

/** Value of `X-Sentry-Auth`. */
export function authHeader(dsn: SentryDsn): string {
  return `Sentry sentry_version=7, sentry_client=${CLIENT.name}/${CLIENT.version}, sentry_key=${dsn.publicKey}`
}

/** One event as JSON, everything in it redacted. */
export function eventText(
  error: unknown,
  context: ErrorContext,
  base: EventBase,
  stamp: EventStamp,
  redactor: Redactor,
): string {
  const tags: Record<string, string> = { service: base.service }
  for (const [name, value] of Object.entries(context.tags ?? {}).slice(0, 50))
    tags[name.slice(0, 32)] = redactor.hides(name, value)
      ? '[redacted]'
      : redactor.text(String(value)).slice(0, TAG_CHARS_MAX)
  if (context.correlationId !== undefined) tags['correlation_id'] = redactor.text(context.correlationId)
  const trace = stamp.traceparent
  return JSON.stringify({
    event_id: stamp.eventId,
    timestamp: stamp.atMs / 1000,
    platform: 'node',
    level: context.level ?? 'error',
    ...(base.release === undefined ? {} : { release: base.release }),
    ...(base.environment === undefined ? {} : { environment: base.environment }),
    ...(context.transaction === undefined ? {} : { transaction: redactor.text(context.transaction) }),
    tags,
    contexts: {
      runtime: { name: 'node', version: process.version },
      ...(trace === null ? {} : { trace: { trace_id: trace.slice(3, 35), span_id: trace.slice(36, 52) } }),
    },
    ...(context.extra === undefined ? {} : { extra: redactor.value(context.extra) }),
    exception: { values: exceptions(error, context.isUnhandled ?? false, redactor) },
    sdk: CLIENT,
  })
}

/** The envelope around one event; made when it is sent, for `sent_at`. */
export function envelopeText(eventId: string, event: string, sentAt: string): string {
  const header = JSON.stringify({ event_id: eventId, sent_at: sentAt, sdk: CLIENT })
  const item = JSON.stringify({ type: 'event', length: Buffer.byteLength(event), content_type: 'application/json' })
  return `${header}\n${item}\n${event}\n`
}

/** The error and its causes, the innermost first, as the protocol orders them. */
function exceptions(error: unknown, isUnhandled: boolean, redactor: Redactor): unknown[] {
  const chain: unknown[] = []
  let current: unknown = error
  while (current !== undefined && current !== null && chain.length < CAUSES_MAX && !chain.includes(current)) {
    chain.push(current)
    current = read(current, 'cause')
  }
  const values = chain.map((one, index) => ({
    ...described(one, redactor),
    mechanism: { type: index === 0 ? 'generic' : 'chained', handled: !isUnhandled },
  }))
  return values.toReversed()
}

function described(thrown: unknown, redactor: Redactor): Record<string, unknown> {
  if (!(thrown instanceof Error)) {
    const text = JSON.stringify(redactor.value(thrown)) ?? typeof thrown
    return { type: 'NonError', value: text.slice(0, 2000) }
  }
  const name = read(thrown, 'name')
  const message = read(thrown, 'message')
  const code = read(thrown, 'code')
  const stack = read(thrown, 'stack')
  const frames = typeof stack === 'string' ? framesOf(stack, redactor) : []
  const shown = typeof message === 'string' ? redactor.text(message) : ''
  return {
    type: typeof name === 'string' ? redactor.text(name) : 'Error',
    value: typeof code === 'string' && code !== shown ? `${redactor.text(code)}: ${shown}` : shown,
    ...(frames.length > 0 ? { stacktrace: { frames } } : {}),
  }
}

function read(value: unknown, name: string): unknown {
  try {
    return typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined
  } catch {
    return undefined
  }
}

/** Frames of a V8 stack, the outermost call first. */
function framesOf(stack: string, redactor: Redactor): unknown[] {
  const frames: unknown[] = []
  for (const line of stack.slice(0, 20_000).split('\n')) {
    const at = line.trimStart()
    if (!at.startsWith('at ') || frames.length === FRAMES_MAX) continue
    const place = /^at (?:(.{1,200}?) \()?([^()\n]{1,500}?):(\d{1,9}):(\d{1,9})\)?$/.exec(at)
    if (!place) continue
    const [, name = '<anonymous>', file = '', lineno = '0', colno = '0'] = place
    const filename = redactor.text(file)
    frames.push({
      function: redactor.text(name),
      filename,
      lineno: Number(lineno),
      colno: Number(colno),
      in_app: !filename.startsWith('node:') && !filename.includes('/node_modules/'),
    })
  }
  return frames.toReversed()
}
