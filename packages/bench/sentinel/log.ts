import { lacks } from './defects.ts'
import type { Exchange } from './exchange.ts'

/** One line on standard output. */
export function writeLog(fields: Readonly<Record<string, unknown>>): void {
  const line = { time: new Date().toISOString(), service: 'sentinel', ...fields }
  const stream = lacks('logs-on-stderr') ? process.stderr : process.stdout
  stream.write(lacks('text-logs') ? `${Object.values(line).join(' ')}\n` : `${JSON.stringify(line)}\n`)
}

/** One line per request, after its answer. */
export function logRequest(exchange: Exchange, status: number, durationMs: number): void {
  if (lacks('successes-not-logged') && status < 400) return
  const full: Record<string, unknown> = {
    level: status >= 500 ? 'error' : 'info',
    event: 'http_request',
    method: exchange.request.method,
    route: exchange.route,
    status,
  }
  if (!lacks('log-fields-missing')) {
    if (!lacks('actor-not-logged')) full['actor'] = exchange.actor
    full['duration_ms'] = Math.round(durationMs * 100) / 100
  }
  if (!lacks('correlation-not-logged') && !lacks('log-fields-missing')) full['correlation_id'] = exchange.correlationId
  writeLog(full)
}
