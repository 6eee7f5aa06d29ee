import { type AnyCheck, type CheckContext, type EmitEvent, type Json } from '@greengate/contracts'
import type { Plan, PlanItem } from './plan.ts'
import type { Redactor } from './redact.ts'
import { type CheckResult, runCheck } from './run-check.ts'

/** A finished item: what the check came to, and whether it was observed now or in an earlier run of identical inputs. */
export interface RunResult {
  readonly item: PlanItem
  readonly check: AnyCheck
  readonly result: CheckResult
  readonly cached: boolean
  readonly durationMs: number
}

/** What a run needs of its surroundings. */
export interface RunPorts {
  loadCheck(item: PlanItem): Promise<AnyCheck>
  context(item: PlanItem, check: AnyCheck): CheckContext
  /** An earlier observation of identical inputs, judged again; null without one. */
  recall(item: PlanItem, check: AnyCheck): Promise<CheckResult | null>
  /** Called once for each item as soon as it is finished, in any order; a failure ends the run. */
  settle(result: RunResult): Promise<void>
  readonly redactor: () => Redactor
  readonly canonicalize: (json: Json) => string
  readonly emit: EmitEvent
  readonly monotonicMs: () => number
  readonly signal: AbortSignal
}

/** How many checks run at once: tree checks wait for tools, checks on the service wait for the service. */
export interface RunLimits {
  readonly treeAtOnce: number
  readonly serviceAtOnce: number
}

/**
 * Carries a plan out. Items that need no quiet run in two lanes side by side, tree and service; the quiet ones follow
 * one by one. Those that only wait run beside all of it, so that nobody waits for a slow client's time limit. Everything
 * is bounded by the checks' own limits.
 *
 * @throws GreengateError where the configuration is wrong or evidence can't be written.
 */
export async function run(plan: Plan, ports: RunPorts, limits: RunLimits): Promise<readonly RunResult[]> {
  const results: RunResult[] = []
  // Ends the other lanes when one of them can't go on.
  const stop = new AbortController()
  const one = async (item: PlanItem): Promise<void> => {
    if (stop.signal.aborted || ports.signal.aborted) return
    try {
      const result = await runItem(item, ports)
      results.push(result)
      await ports.settle(result)
    } catch (error) {
      stop.abort()
      throw error
    }
  }
  const waiting = plan.items.filter((item) => item.needs.waits)
  const loud = plan.items.filter((item) => !item.needs.quiet && !item.needs.waits)
  const tree = loud.filter((item) => !item.needs.capabilities.includes('boot'))
  const service = loud.filter((item) => item.needs.capabilities.includes('boot'))
  const quiet = plan.items.filter((item) => item.needs.quiet && !item.needs.waits)
  const others = async (): Promise<void> => {
    await allOrFirstError([lanes(tree, limits.treeAtOnce, one), lanes(service, limits.serviceAtOnce, one)])
    await lanes(quiet, 1, one)
  }
  await allOrFirstError([lanes(waiting, 1, one), others()])
  return results
}

async function runItem(item: PlanItem, ports: RunPorts): Promise<RunResult> {
  const startedMs = ports.monotonicMs()
  const check = await ports.loadCheck(item)
  const recalled = await ports.recall(item, check)
  if (!recalled) ports.emit({ type: 'check-started', control: item.control, target: item.target, title: item.title })
  const result =
    recalled ??
    (await runCheck(check, ports.context(item, check), { redactor: ports.redactor, canonicalize: ports.canonicalize }))
  const durationMs = Math.round(ports.monotonicMs() - startedMs)
  ports.emit({
    type: 'check-finished',
    control: item.control,
    target: item.target,
    outcome: result.outcome,
    summary: result.reason,
    durationMs,
    cached: recalled !== null,
  })
  return { item, check, result, cached: recalled !== null, durationMs }
}

async function lanes(items: readonly PlanItem[], width: number, one: (item: PlanItem) => Promise<void>): Promise<void> {
  const queue = [...items]
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await one(item)
  }
  await allOrFirstError(Array.from({ length: Math.max(1, width) }, lane))
}

/** Waits for all, so that nothing is still running when the first error is reported. */
async function allOrFirstError(promises: readonly Promise<void>[]): Promise<void> {
  const settled = await Promise.allSettled(promises)
  const failed = settled.find((result) => result.status === 'rejected')
  if (failed) throw failed.reason
}
