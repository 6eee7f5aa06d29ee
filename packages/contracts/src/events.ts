import type { ControlId } from './control.ts'
import type { Outcome } from './outcome.ts'

/** What happens in a run, in order and numbered, so that a reader who lost the connection can go on from `seq`. */
export type RunEvent = { readonly seq: number; readonly atMs: number } & (
  | { readonly type: 'run-started'; readonly runId: string; readonly service: string; readonly checks: number }
  | { readonly type: 'phase'; readonly text: string }
  | { readonly type: 'check-started'; readonly control: ControlId; readonly target: string; readonly title: string }
  | { readonly type: 'check-progress'; readonly control: ControlId; readonly target: string; readonly text: string }
  | {
      readonly type: 'check-finished'
      readonly control: ControlId
      readonly target: string
      readonly outcome: Outcome
      readonly summary: string
      readonly durationMs: number
      readonly cached: boolean
    }
  | { readonly type: 'run-finished'; readonly verdict: 'green' | 'red' | 'partial'; readonly durationMs: number }
)

/** A `RunEvent` before the runner numbers it. */
export type RunEventBody = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'seq' | 'atMs'> : never) : never
export type EmitEvent = (event: RunEventBody) => void
