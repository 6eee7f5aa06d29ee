import type {
  Action,
  ControlSpec,
  Inventory,
  Subject,
  Target,
  Verdict,
  VerdictRow,
  VerifiedEvidence,
} from '@greengate/contracts'
import type { CompiledPolicy } from './compile-policy.ts'
import { judgeRow } from './row.ts'

/** Options of a decision that are not about the service. */
export interface DecideOptions {
  /** Only some controls were run: the verdict is at best `partial`, which opens nothing. */
  readonly partial?: boolean
}

/**
 * Decides whether a subject may be promoted or returned to. Pure: no clock, no I/O, and the order of evidence doesn't
 * matter. Everything that isn't proved is red.
 *
 * @param evidence Verified evidence; what isn't verified never gets here.
 * @param nowMs Milliseconds since the Unix epoch.
 */
export function decide(
  compiled: CompiledPolicy,
  evidence: readonly VerifiedEvidence[],
  inventory: Inventory,
  subject: Subject,
  action: Action,
  nowMs: number,
  options: DecideOptions = {},
): Verdict {
  const { policy } = compiled
  const reasons = wholeReasons(compiled, inventory, subject, action, nowMs)
  const byRow = indexByRow(evidence)
  const { anchored, runners } = policy
  const context = { subject, nowMs, returning: action === 'rollback', anchored, runners }
  const rows: VerdictRow[] = []
  let green = 0
  for (const requirement of compiled.requirements) {
    const { control } = requirement.requirement
    const spec = inventory.controls.get(control)
    const targets = targetsOf(spec, inventory.targets)
    if (targets.length === 0) {
      rows.push({
        control,
        target: '',
        status: 'missing',
        reason: 'Nothing was found that it could be judged on.',
        evidence: '',
      })
      continue
    }
    for (const target of targets) {
      const row = judgeRow(context, requirement, spec, target.id, byRow.get(control)?.get(target.id) ?? NONE)
      if (row.status === 'pass' || row.status === 'not_applicable') green += 1
      rows.push(row)
    }
  }
  const allGreen = green === rows.length
  if (allGreen && reasons.length === 0 && !rows.some((row) => row.status === 'pass')) {
    reasons.push('Every control was called not applicable: nothing was proved.')
  }
  const isGreen = allGreen && reasons.length === 0
  if (options.partial) reasons.push('Only some of the required controls were run: a partial verdict opens nothing.')
  return {
    result: options.partial ? 'partial' : isGreen ? 'green' : 'red',
    action,
    policy: { id: policy.id, version: policy.version, digest: compiled.digest },
    subject: subject.digest,
    coverage: { proved: green, required: rows.length, catalogue: inventory.catalogue },
    rows,
    reasons,
  }
}

const NONE: readonly VerifiedEvidence[] = []

/** Why nothing about this subject can be green, whatever its rows say. */
function wholeReasons(
  compiled: CompiledPolicy,
  inventory: Inventory,
  subject: Subject,
  action: Action,
  nowMs: number,
): string[] {
  const reasons: string[] = []
  if (compiled.requirements.length === 0) reasons.push('The policy requires nothing: an empty policy opens nothing.')
  // An expiry that can't be read is NaN, and nothing is before it.
  if (!(nowMs < compiled.expiresMs)) reasons.push(`The policy expired on ${compiled.policy.expires}.`)
  if (inventory.targets.length === 0) reasons.push('No target was found: there is nothing to judge.')
  if (subject.dirty) reasons.push('The tree has changes that no commit holds: it can be judged, and never deployed.')
  if (action === 'rollback' && !inventory.served.has(subject.digest))
    reasons.push('This release did not serve here before: there is nothing to go back to.')
  return reasons
}

type RowIndex = Map<string, Map<string, VerifiedEvidence[]>>

function indexByRow(evidence: readonly VerifiedEvidence[]): RowIndex {
  const index: RowIndex = new Map()
  // The same envelope in two bundles is one observation.
  for (const verified of new Map(evidence.map((one) => [one.digest, one])).values()) {
    const { control, target } = verified.evidence
    let byTarget = index.get(control)
    if (byTarget === undefined) index.set(control, (byTarget = new Map()))
    const list = byTarget.get(target)
    if (list === undefined) byTarget.set(target, [verified])
    else list.push(verified)
  }
  return index
}

function targetsOf(spec: ControlSpec | undefined, targets: readonly Target[]): readonly Target[] {
  // An unknown control still gets a row, so that it is seen.
  if (spec === undefined) return targets.slice(0, 1)
  // A service that stands alone is component, edge and system in one: it is judged once.
  const matching = new Map<string, Target>()
  for (const target of targets)
    if (spec.scope.includes(target.kind) && !matching.has(target.id)) matching.set(target.id, target)
  return [...matching.values()]
}
