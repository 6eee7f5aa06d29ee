import type { IncomingMessage } from 'node:http'
import { lacks } from './defects.ts'

const SECURITY = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'referrer-policy': 'no-referrer',
}

/** On every answer, errors included. */
export function securityHeaders(status: number): Record<string, string> {
  const headers: Record<string, string> = lacks('powered-by') ? { 'x-powered-by': 'Express' } : {}
  if (lacks('leak-version')) headers['server'] = `sentinel/0.1.0 (node ${process.version})`
  if (lacks('no-security-headers') || (lacks('headers-missing-on-errors') && status >= 400)) return headers
  const csp = lacks('csp-unsafe')
    ? { 'content-security-policy': "default-src * 'unsafe-inline' 'unsafe-eval' data:" }
    : {}
  return { ...headers, ...SECURITY, ...csp }
}

/** Only origins on the list hear that they may read the answer. */
export function corsHeaders(request: IncomingMessage, allowed: readonly string[]): Record<string, string> {
  const origin = request.headers.origin
  if (origin === undefined) return { vary: 'Origin' }
  const open = lacks('cors-reflects') || (origin === 'null' && lacks('cors-null')) || allowed.includes(origin)
  if (lacks('cors-star')) return { 'access-control-allow-origin': '*', vary: 'Origin' }
  if (!open) return { vary: 'Origin' }
  const preflight =
    request.method === 'OPTIONS'
      ? {
          'access-control-allow-methods': 'GET, POST, DELETE',
          'access-control-allow-headers': 'authorization, content-type, x-request-id',
          'access-control-max-age': '600',
        }
      : {}
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    vary: 'Origin',
    ...preflight,
  }
}
