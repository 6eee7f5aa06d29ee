import { request } from '../../client/api.ts'
import { usageReader } from '../shared/readers.ts'
import type { Span } from './usage-range.ts'
import type { UsageRow } from './usage-series.ts'

/** Usage of an organisation in a span. @throws ApiError */
export function askUsage(
  organisation: string,
  { period, fromMs, toMs }: Span,
  signal: AbortSignal,
): Promise<{ readonly usage: readonly UsageRow[] }> {
  const query = { organisation, period, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() }
  return request('GET', '/v1/usage', usageReader, { signal, query })
}
