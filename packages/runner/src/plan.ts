import type { ControlId, Json, Needs } from '@greengate/contracts'

/** One check on one target, with the parameters of the policy. Plain JSON. */
export interface PlanItem {
  readonly control: ControlId
  readonly target: string
  readonly title: string
  /** The control's defaults overlaid with the policy's. */
  readonly params: { readonly [key: string]: Json }
  readonly needs: Needs
}

/** What a run will do, in the order in which it starts it; serialisable, so that another process can carry it out. */
export interface Plan {
  readonly schema: 'greengate/plan/v1'
  readonly runId: string
  readonly service: string
  readonly items: readonly PlanItem[]
}

/**
 * The order of checks: tree checks and long ones first, so that the end of the run isn't spent waiting for one of them;
 * those that time something come last and run alone.
 */
export function orderItems(items: readonly PlanItem[]): readonly PlanItem[] {
  const rank = (item: PlanItem): number => (item.needs.quiet ? 2 : item.needs.capabilities.includes('tree') ? 0 : 1)
  return [...items].sort(
    (a, b) => rank(a) - rank(b) || b.needs.timeoutMs - a.needs.timeoutMs || (a.control < b.control ? -1 : 1),
  )
}
