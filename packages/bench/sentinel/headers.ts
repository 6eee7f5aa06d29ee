import type { IncomingMessage } from 'node:http'
import { lacks } from './defects.ts'

const SECURITY = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'referrer-policy': 'no-referrer',
}

/** On every answer, errors included; without a request for what is not HTTP. */
export function securityHeaders(status: number, request?: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = lacks('powered-by') ? { 'x-powered-by': 'Express' } : {}
  if (lacks('leak-version')) headers['server'] = `sentinel/0.1.0 (node ${process.version})`
  if (lacks('no-security-headers') || (lacks('headers-missing-on-errors') && status >= 400)) return headers
  if (lacks('headers-missing-on-home-page') && request?.url === '/') return headers
  const csp = lacks('csp-unsafe')
    ? { 'content-security-policy': "default-src * 'unsafe-inline' 'unsafe-eval' data:" }
    : {}
  const { 'strict-transport-security': hsts, ...others } = SECURITY
  return { ...headers, ...others, ...csp, ...transportSecurity(hsts, status, request) }
}

/** RFC 6797, 7.2, allows the header over TLS alone: which that was, a proxy says. The sentinel sends it always. */
function transportSecurity(hsts: string, status: number, request?: IncomingMessage): Record<string, string> {
  if (lacks('no-hsts') || (lacks('hsts-missing-on-errors') && status >= 400)) return {}
  if (lacks('hsts-over-tls-only') && request?.headers['x-forwarded-proto'] !== 'https') return {}
  return { 'strict-transport-security': lacks('hsts-too-short') ? 'max-age=300' : hsts }
}

/** Only origins on the list hear that they may read the answer. */
export function corsHeaders(request: IncomingMessage, allowed: readonly string[]): Record<string, string> {
  const origin = request.headers.origin
  if (origin === undefined) return { vary: 'Origin' }
  const reflects = lacks('cors-reflects') || (lacks('cors-reflects-on-one-route') && request.url === '/api/prices')
  const open = reflects || (origin === 'null' && lacks('cors-null')) || allowed.includes(origin)
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
