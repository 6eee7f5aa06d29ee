import type { Outcome, RunEvent } from '@greengate/contracts'

export interface Running {
  readonly control: string
  readonly target: string
  readonly title: string
  readonly sinceMs: number
  readonly text: string
}

export interface Finished {
  readonly control: string
  readonly target: string
  readonly outcome: Outcome
  readonly summary: string
  readonly durationMs: number
  readonly cached: boolean
}

/** What a board knows: the events folded into one picture. Times are the board's own clock. */
export interface BoardState {
  readonly service: string
  /** 0 until the run says how many there will be. */
  readonly checks: number
  readonly phase: string
  readonly startedMs: number
  readonly running: ReadonlyMap<string, Running>
  readonly finished: readonly Finished[]
  readonly verdict: 'green' | 'red' | 'partial' | null
}

export function emptyState(nowMs: number): BoardState {
  return { service: '', checks: 0, phase: '', startedMs: nowMs, running: new Map(), finished: [], verdict: null }
}

/** The state after an event. Pure; a progress message of a check that is not running is ignored. */
export function apply(state: BoardState, event: RunEvent, nowMs: number): BoardState {
  switch (event.type) {
    case 'run-started':
      return { ...state, service: event.service, checks: event.checks }
    case 'phase':
      return { ...state, phase: event.text }
    case 'check-started': {
      const { control, target, title } = event
      return { ...state, running: replaced(state.running, { control, target, title, sinceMs: nowMs, text: '' }) }
    }
    case 'check-progress': {
      const before = state.running.get(key(event))
      return before ? { ...state, running: replaced(state.running, { ...before, text: event.text }) } : state
    }
    case 'check-finished': {
      const running = new Map(state.running)
      running.delete(key(event))
      const { control, target, outcome, summary, durationMs, cached } = event
      return {
        ...state,
        running,
        finished: [...state.finished, { control, target, outcome, summary, durationMs, cached }],
      }
    }
    case 'run-finished':
      return { ...state, verdict: event.verdict, running: new Map() }
  }
}

export function isRed(finished: Finished): boolean {
  return finished.outcome !== 'pass' && finished.outcome !== 'not_applicable'
}

const key = (of: { control: string; target: string }): string => `${of.control} ${of.target}`
const replaced = (running: ReadonlyMap<string, Running>, one: Running): ReadonlyMap<string, Running> =>
  new Map(running).set(key(one), one)
