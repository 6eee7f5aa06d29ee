import { type BootVariant, CannotObserve, type CheckContext, type Instance, needTestbed } from '@greengate/contracts'
import type { BootRecord } from './boot-record.ts'

const LINES_MAX = 24
const LINE_CHARS_MAX = 900
/** A start that must be refused gets at least this long, for a slow runtime on a busy machine. */
const PATIENCE_MS_MIN = 15_000
/** ... and this many times as long as a good start took. */
const PATIENCE_FACTOR = 4

/** Starts once, notes what became of it, and stops what came up after `whileReady` looked at it. */
export async function recordBoot(
  context: CheckContext,
  variant: BootVariant,
  whileReady?: (instance: Instance) => Promise<void>,
): Promise<BootRecord> {
  context.progress(`starting ${variant.purpose}`)
  const attempt = await needTestbed(context).tryBoot(variant)
  try {
    if (attempt.instance && whileReady) await whileReady(attempt.instance)
  } finally {
    await attempt.instance?.stop()
  }
  const lines = attempt.logs.map((line) => line.text).filter((text) => text.trim() !== '')
  return {
    purpose: variant.purpose,
    variables: Object.keys(variant.env ?? {}),
    outcome: attempt.outcome,
    code: attempt.exit?.code ?? null,
    signal: attempt.exit?.signal ?? null,
    afterMs: Math.round(attempt.exit?.afterMs ?? attempt.readyAfterMs),
    portOpened: attempt.portOpened,
    // What a service says about a refusal it says last.
    lines: lines.slice(-LINES_MAX).map((text) => text.slice(0, LINE_CHARS_MAX)),
  }
}

/** The start as its owner configured it; must work, else nothing that is refused afterwards would prove anything. */
export async function baselineBoot(context: CheckContext, variant?: Partial<BootVariant>): Promise<BootRecord> {
  const record = await recordBoot(context, { purpose: 'as configured', ...variant })
  if (record.outcome !== 'ready') {
    throw new CannotObserve(
      'baseline-not-ready',
      `Started ${record.purpose}, the service did not become ready, so a refusal would prove nothing.`,
      `Its last line: ${record.lines.at(-1) ?? '(none)'}`,
    )
  }
  return record
}

/** How long a start may take that has to be refused: relative to a good one, never above the owner's own limit. */
export function patienceMs(context: CheckContext, baseline: BootRecord): number {
  const limitMs = context.config.start?.readyTimeoutMs ?? 60_000
  return Math.min(limitMs, Math.max(PATIENCE_MS_MIN, PATIENCE_FACTOR * baseline.afterMs))
}

/** Works through a list, at most `width` at a time; results in the order of the list. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results = new Map<number, R>()
  let next = 0
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      const item = items[index] as T
      results.set(index, await work(item, index))
    }
  }
  // All are waited for, also after a failure: nothing may go on starting services behind the check's back.
  const ends = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return items.map((_, index) => results.get(index) as R)
}
