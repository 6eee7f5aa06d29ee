import {
  type AnyCheck,
  type Check,
  type CheckContext,
  GreengateError,
  type Json,
  type PositiveBed,
} from '@greengate/contracts'
import { createRedactor } from './redact.ts'
import { caught } from './refute.ts'
import { type CheckResult, runCheck } from './run-check.ts'

/** One line of the matrix that `greengate prove` prints. */
export interface ProofRow {
  readonly control: string
  /** `clean`: must pass. `refutation`: the judge must say no. `positive`: observer and judge must both see it. */
  readonly kind: 'clean' | 'refutation' | 'positive'
  readonly id: string
  readonly held: boolean
  /** What was expected and seen; empty where it held. */
  readonly detail: string
  readonly durationMs: number
}

/** A bed for the positive controls of one check, and how to take it down. */
export interface OpenBed {
  readonly bed: PositiveBed
  close(): Promise<void>
}

/** What `proveCheck` needs of its surroundings. */
export interface ProveOptions {
  openBed(check: AnyCheck): Promise<OpenBed>
  readonly canonicalize: (json: Json) => string
  readonly onRow?: (row: ProofRow) => void
  readonly monotonicMs: () => number
}

/** Plays the clean case, every refutation of it, and every positive control of one check. */
export async function proveCheck(check: AnyCheck, options: ProveOptions): Promise<readonly ProofRow[]> {
  const rows: ProofRow[] = []
  const add = (kind: ProofRow['kind'], id: string, detail: string, startedMs: number): void => {
    const row = {
      control: check.control.id,
      kind,
      id,
      held: detail === '',
      detail,
      durationMs: Math.round(options.monotonicMs() - startedMs),
    }
    rows.push(row)
    options.onRow?.(row)
  }
  const startedMs = options.monotonicMs()
  const clean = await play(check, (bed) => check.clean(bed), options)
  add('clean', 'clean', clean.result.outcome === 'pass' ? '' : `expected pass, saw ${explain(clean.result)}`, startedMs)
  proveRefutations(check, clean, (id, detail) => add('refutation', id, detail, options.monotonicMs()))
  for (const control of check.positiveControls) {
    const beganMs = options.monotonicMs()
    const { result } = await play(check, (bed) => control.arrange(bed), options)
    const aspect = result.judgement.aspects[control.breaks]
    const seen =
      result.outcome === 'fail' &&
      aspect?.outcome === 'fail' &&
      (aspect.code === control.code ||
        result.judgement.findings.some((finding) => finding.aspect === control.breaks && finding.code === control.code))
    add(
      'positive',
      control.id,
      seen ? '' : `expected ${control.breaks} to fail with ${control.code}, saw ${explain(result)}`,
      beganMs,
    )
  }
  return rows
}

interface Played {
  readonly result: CheckResult
  readonly params: unknown
}

function proveRefutations(
  check: Check<unknown, unknown>,
  clean: Played,
  add: (id: string, detail: string) => void,
): void {
  if (clean.result.observation === null) {
    for (const refutation of check.judge.refutations) add(refutation.id, 'there is no clean observation to apply it to')
    return
  }
  const observation = check.judge.parse(clean.result.observation)
  for (const refutation of check.judge.refutations) {
    const broken = refutation.apply(structuredClone(observation))
    if (broken === null) {
      add(refutation.id, 'it could not be applied to the clean case: let the clean case hold what it breaks')
      continue
    }
    const judgement = check.judge.judge(broken, clean.params)
    add(
      refutation.id,
      caught(judgement, refutation)
        ? ''
        : `expected ${refutation.breaks} with ${refutation.code}, saw ${JSON.stringify(judgement.aspects[refutation.breaks])}`,
    )
  }
}

async function play(
  check: AnyCheck,
  arrange: (bed: PositiveBed) => Promise<CheckContext>,
  options: ProveOptions,
): Promise<Played> {
  const open = await options.openBed(check)
  try {
    const context = await arrange(open.bed)
    const testbed = context.testbed
    const result = await runCheck(check, context, {
      redactor: () => createRedactor(testbed?.secrets() ?? []),
      canonicalize: options.canonicalize,
    })
    return { result, params: context.params }
  } catch (error) {
    if (error instanceof GreengateError)
      throw new GreengateError(error.code, `${check.control.id}: ${error.message}`, {
        where: error.where,
        fix: error.fix,
        cause: error,
      })
    throw error
  } finally {
    await open.close()
  }
}

function explain(result: CheckResult): string {
  const aspects = Object.entries(result.judgement.aspects)
    .filter(([, aspect]) => aspect.outcome !== 'pass')
    .map(([name, aspect]) => `${name}: ${aspect.outcome} (${aspect.code})`)
  const findings = result.judgement.findings.map(
    (finding) => `${finding.where}: ${finding.message} Seen: ${finding.observed}`,
  )
  return [`${result.outcome}${result.reason ? `: ${result.reason}` : ''}`, ...aspects, ...findings.slice(0, 5)].join(
    '; ',
  )
}
