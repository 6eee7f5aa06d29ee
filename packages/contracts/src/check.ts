import type { ServiceConfig } from './config.ts'
import type { Control, ControlId } from './control.ts'
import type { Fact } from './facts.ts'
import type { Judge, NonEmpty } from './judge.ts'
import type { Json } from './json.ts'
import type { Clock, Deployer, Random, Testbed, TreePort } from './ports.ts'

/** From harmless to not; everything above `read` gets an instance of its own. */
export type Effect = 'read' | 'write' | 'exhaust' | 'fault' | 'destroy'

export interface Needs {
  /** What must be there; a missing one makes the control inconclusive and is named. */
  readonly capabilities: readonly ('tree' | 'boot')[]
  readonly effect: Effect
  /** Times something: runs while no other check does. */
  readonly quiet: boolean
  /** Hardly does more than wait, for minutes: runs beside all others, quiet ones included. Default false. */
  readonly waits?: boolean
  /** The whole observation; past it the outcome is inconclusive. */
  readonly timeoutMs: number
}

export interface CheckContext<P = unknown> {
  readonly control: ControlId
  readonly target: string
  /** Already parsed by the judge's `parseParams`. For what to send, never for what to think of the answer. */
  readonly params: P
  readonly config: ServiceConfig
  readonly facts: readonly Fact[]
  /** Null if this run has no tree. Checks that name the capability can rely on it: see `needTree`. */
  readonly tree: TreePort | null
  readonly testbed: Testbed | null
  /** Undefined where nothing can be deployed from here. */
  readonly deployer?: Deployer
  readonly clock: Clock
  readonly random: Random
  readonly signal: AbortSignal
  progress(text: string): void
}

export interface Observation<O> {
  readonly data: O
  /** What was really done and seen; the sum of it must not be zero. Integers. */
  readonly exercised: Readonly<Record<string, number>>
}

/** The context in which a positive control or the clean case plays. */
export interface PositiveBed {
  /**
   * The sentinel service of `bench`, with the named protections taken out. Without defects it is a service that does
   * everything right.
   */
  service(
    defects: readonly string[],
    options?: { config?: Partial<ServiceConfig>; params?: Json },
  ): Promise<CheckContext>
  /** A tree made of these files; `git` commits them (each entry one commit, in order, paths to contents, null deletes). */
  tree(
    files: Readonly<Record<string, string>>,
    options?: {
      git?: readonly Readonly<Record<string, string | null>>[]
      config?: Partial<ServiceConfig>
      params?: Json
    },
  ): Promise<CheckContext>
}

/** The real observer on something known to be broken: it shows that the sensor can see. */
export interface PositiveControl<A extends string = string> {
  readonly id: string
  readonly breaks: A
  readonly code: string
  arrange(bed: PositiveBed): Promise<CheckContext>
}

export interface Check<O = unknown, P = unknown, A extends string = string> {
  readonly control: Control
  readonly judge: Judge<O, P, A>
  readonly needs: Needs
  observe(context: CheckContext<P>): Promise<Observation<O>>
  /** Something known to be right; the check must pass on it. */
  clean(bed: PositiveBed): Promise<CheckContext>
  readonly positiveControls: NonEmpty<PositiveControl<A>>
}

/** A check with its types forgotten, as the registry keeps it. */
export type AnyCheck = Check<unknown, unknown, string>

/** Helps inference: `export const check = defineCheck({...})`. */
export function defineCheck<O, P, A extends string>(check: Check<O, P, A>): Check<O, P, A> {
  return check
}

/**
 * Thrown by `observe` where it could not see: the control becomes inconclusive, and the message and fix are shown.
 * For what is wrong with the service there is the observation.
 */
export class CannotObserve extends Error {
  readonly code: string
  readonly fix: string

  constructor(code: string, message: string, fix: string) {
    super(message)
    this.name = 'CannotObserve'
    this.code = code
    this.fix = fix
  }
}

/** The tree of this run. @throws CannotObserve without one. */
export function needTree(context: CheckContext): TreePort {
  if (context.tree) return context.tree
  throw new CannotObserve('no-tree', 'There is no source tree in this run.', 'Run `greengate check` in the repository.')
}

/** The testbed of this run. @throws CannotObserve without one. */
export function needTestbed(context: CheckContext): Testbed {
  if (context.testbed) return context.testbed
  throw new CannotObserve(
    'no-start-command',
    'It is not known how to start the service.',
    'Add `start.command` to the configuration.',
  )
}
