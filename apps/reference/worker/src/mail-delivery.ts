import { runInRequest } from '@greengate/kit/context'
import { type OutboxDelivery, PoisonMessageError, PublisherUnavailable } from '@greengate/kit/outbox'
import { type HttpAnswer, type HttpClient, UpstreamError } from '@greengate/kit/resilience'
import { mailSchema } from './mail-schema.ts'
import { renderMail, type TemplateOptions } from './templates.ts'

export interface MailDeliveryOptions extends TemplateOptions {
  /** For the provider's address. */
  readonly client: Pick<HttpClient, 'request'>
  /** Path of the provider's API; empty for none. */
  readonly apiPath: string
  readonly apiKey: string
  readonly from: string
}

/** Statuses of a provider that is there and cannot take anything now. */
const AWAY = new Set([408, 429, 502, 503, 504])
/** It does not know us: nothing about this very mail is wrong. */
const STRANGERS = new Set([401, 403])
/** It will never take this mail. */
const NEVER = new Set([400, 404, 413, 415, 422])

/** The answer, or why there is none. */
async function handOver(
  message: OutboxDelivery,
  { client, apiPath, apiKey, from, ...templates }: MailDeliveryOptions,
): Promise<HttpAnswer> {
  const parsed = mailSchema.safeParse(message.payload)
  // Not what was wrong: it would repeat what somebody's mail says.
  if (!parsed.success) throw new PoisonMessageError('the payload is no mail')
  const { subject, text, html } = renderMail(parsed.data, templates)
  return client.request({
    method: 'POST',
    path: `${apiPath}/emails`,
    headers: { authorization: `Bearer ${apiKey}`, 'idempotency-key': message.dedupeId },
    json: { from, to: [parsed.data.to], subject, text, html },
    signal: message.signal,
  })
}

/**
 * Delivers one message of the outbox. Resolves when the provider took the mail.
 * @throws PoisonMessageError for what no attempt can deliver; PublisherUnavailable when the provider takes nothing now, which
 * counts against no mail; Error for an attempt that failed
 */
export async function deliverMail(message: OutboxDelivery, options: MailDeliveryOptions): Promise<void> {
  if (message.topic !== 'mail') throw new PoisonMessageError(`nobody delivers the topic ${message.topic}`)
  const { traceparent, tracestate } = message
  const context = {
    correlationId: message.correlationId ?? message.dedupeId,
    deadline: null,
    trace:
      traceparent === null ? null : { traceparent, tracestate: tracestate ?? '', sampled: traceparent.endsWith('1') },
  }
  const { status } = await runInRequest(context, () => handOver(message, options)).catch((error: unknown) => {
    if (!(error instanceof UpstreamError)) throw error
    // An answer of 500 may be about this mail: it is counted, or one mail could hold up all others for ever.
    if (error.status !== null && !AWAY.has(error.status)) throw new Error(`the provider answered ${error.status}`)
    throw new PublisherUnavailable(`the mail provider: ${error.code}`, error)
  })
  if (status >= 200 && status < 300) return
  if (STRANGERS.has(status)) throw new PublisherUnavailable(`the mail provider refuses our key with ${status}`)
  if (NEVER.has(status)) throw new PoisonMessageError(`the provider refuses this mail with ${status}`)
  throw new Error(`the provider answered ${status}`)
}
