import type { Exchange } from './exchange.ts'

export type EnvelopeName = 'greengate' | 'rfc9457'

/** What is wrong with one error answer as a member of an envelope; empty: nothing. */
export interface EnvelopeProblem {
  readonly code: string
  readonly expected: string
  readonly observed: string
}

/** The fields of an error answer that other controls read, whatever the envelope. */
export interface ErrorFields {
  readonly code: string
  readonly help: string
  readonly requestId: string
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** Everything in which an error answer departs from the envelope. */
export function envelopeProblems(exchange: Exchange, envelope: EnvelopeName): EnvelopeProblem[] {
  const type = (exchange.headers['content-type'] ?? '').toLowerCase()
  const body = parseObject(exchange.body)
  if (!body) {
    return [
      {
        code: 'not-a-json-error',
        expected: 'a JSON object as the body',
        observed: `${type || 'no content type'}: ${exchange.body.slice(0, 120) || 'an empty body'}`,
      },
    ]
  }
  return envelope === 'greengate' ? greengateProblems(body, type) : rfc9457Problems(body, type, exchange.status)
}

function greengateProblems(body: Record<string, unknown>, type: string): EnvelopeProblem[] {
  const problems: EnvelopeProblem[] = []
  if (!/^application\/([\w.+-]+\+)?json\b/.test(type))
    problems.push({ code: 'not-a-json-error', expected: 'content-type application/json', observed: type || 'none' })
  const error = body['error']
  if (!isObject(error))
    return [
      ...problems,
      {
        code: 'no-error-object',
        expected: 'a member `error` that is an object',
        observed: `members: ${Object.keys(body).join(', ').slice(0, 200) || 'none'}`,
      },
    ]
  if (!isFilled(error['code']))
    problems.push({
      code: 'error-code-missing',
      expected: '`error.code`, a non-empty string',
      observed: show(error['code']),
    })
  if (!isFilled(error['message']))
    problems.push({
      code: 'error-message-missing',
      expected: '`error.message`, a non-empty string',
      observed: show(error['message']),
    })
  if (!('details' in error))
    problems.push({
      code: 'error-details-missing',
      expected: '`error.details`, null where there are none',
      observed: 'no such member',
    })
  if (!isFilled(error['request_id']))
    problems.push({
      code: 'request-id-missing',
      expected: '`error.request_id`, a UUID',
      observed: show(error['request_id']),
    })
  else if (!UUID.test(String(error['request_id'])))
    problems.push({
      code: 'request-id-not-a-uuid',
      expected: '`error.request_id`, a UUID',
      observed: show(error['request_id']),
    })
  if (!isLink(error['help']))
    problems.push({ code: 'help-missing', expected: '`error.help`, a link', observed: show(error['help']) })
  return problems
}

function rfc9457Problems(body: Record<string, unknown>, type: string, status: number): EnvelopeProblem[] {
  const problems: EnvelopeProblem[] = []
  if (!type.startsWith('application/problem+json'))
    problems.push({
      code: 'not-problem-json',
      expected: 'content-type application/problem+json',
      observed: type || 'none',
    })
  if (!isFilled(body['title']))
    problems.push({
      code: 'error-message-missing',
      expected: '`title`, a non-empty string',
      observed: show(body['title']),
    })
  // RFC 9457, 3.1.1: absent means about:blank.
  if (body['type'] !== undefined && typeof body['type'] !== 'string')
    problems.push({ code: 'problem-type-wrong', expected: '`type`, a URI reference', observed: show(body['type']) })
  if (body['status'] !== undefined && body['status'] !== status)
    problems.push({ code: 'problem-status-differs', expected: `\`status\` ${status}`, observed: show(body['status']) })
  return problems
}

/** Code, help link and request id of an error answer; empty strings for what it hasn't got. */
export function errorFields(exchange: Exchange): ErrorFields {
  const body = parseObject(exchange.body) ?? {}
  const error = isObject(body['error']) ? body['error'] : body
  const text = (...names: string[]): string => {
    for (const name of names) {
      const value = error[name]
      if (typeof value === 'string' && value !== '') return value
      if (typeof value === 'number') return String(value)
    }
    return ''
  }
  const typeCode = typeof error['type'] === 'string' ? (error['type'].split(/[/#:]/).at(-1) ?? '') : ''
  return {
    code: text('code') || typeCode,
    help: text('help', 'type'),
    requestId: text('request_id', 'requestId', 'instance'),
  }
}

export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFilled(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== ''
}

function isLink(value: unknown): boolean {
  return typeof value === 'string' && /^(https?:\/\/\S+|\/\S*)$/.test(value)
}

function show(value: unknown): string {
  return value === undefined ? 'no such member' : (JSON.stringify(value) ?? 'nothing').slice(0, 160)
}
