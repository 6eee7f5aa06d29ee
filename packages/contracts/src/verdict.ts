import type { Bind, ControlId, FactName, TargetKind } from './control.ts'
import type { Outcome } from './outcome.ts'

export type Action = 'promote' | 'rollback'
export type RowStatus = Outcome | 'missing' | 'expired' | 'unproved' | 'flaky'

export interface Target {
  readonly id: string
  readonly kind: TargetKind
  /** Where it is known from; a discovered target that nobody judged is red like any other. */
  readonly source: 'discovered' | 'configured'
}

/** What the decision needs to know of a control beyond the policy. */
export interface ControlSpec {
  readonly id: ControlId
  readonly scope: readonly TargetKind[]
  readonly binds: readonly Bind[]
  readonly maxAgeS: number
  readonly objectFact?: FactName
  /** Digest of the check as it is now; empty: there is no check yet, the control is unproved. */
  readonly checkDigest: string
}

export interface Inventory {
  readonly targets: readonly Target[]
  readonly controls: ReadonlyMap<string, ControlSpec>
  /** Number of controls in the catalogue. */
  readonly catalogue: number
  /** Digests that were green and served in this environment before: what a rollback may go back to. */
  readonly served: ReadonlySet<string>
}

export interface VerdictRow {
  readonly control: ControlId
  readonly target: string
  readonly status: RowStatus
  /** One plain sentence: why this is not green; empty for a pass. */
  readonly reason: string
  /** Digest of the evidence the row rests on; empty without one. */
  readonly evidence: string
}

export interface Verdict {
  readonly result: 'green' | 'red' | 'partial'
  readonly action: Action
  readonly policy: { readonly id: string; readonly version: number; readonly digest: string }
  readonly subject: string
  readonly coverage: { readonly proved: number; readonly required: number; readonly catalogue: number }
  readonly rows: readonly VerdictRow[]
  /** Why the verdict is not green apart from its rows: expired policy, dirty tree, no targets. */
  readonly reasons: readonly string[]
}

/** Evidence whose envelope, key and judgement were verified; the only thing a decision may rest on. */
export interface VerifiedEvidence {
  readonly evidence: import('./evidence.ts').Evidence
  /** Digest of the signed envelope. */
  readonly digest: string
  readonly keyid: string
  /** Decided by which key signed, never by what the evidence says of itself alone. */
  readonly trust: 'local' | 'runner'
  /** Digest of the canonical parameters it was judged with. */
  readonly paramsDigest: string
  /** When the observation ended, read from the evidence once: milliseconds since the Unix epoch. */
  readonly toMs: number
  /** Its ledger checkpoint was found anchored elsewhere. */
  readonly anchored: boolean
}
