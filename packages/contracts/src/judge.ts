import { createHash } from 'node:crypto'
import type { Finding } from './finding.ts'
import type { Json } from './json.ts'
import { type Outcome, worstOutcome } from './outcome.ts'

/** Outcome of one aspect with the code that names it: `ok`, a finding's code, or why it is not a pass. */
export interface AspectResult {
  readonly outcome: Outcome
  readonly code: string
}

export interface Judgement<A extends string = string> {
  readonly aspects: Readonly<Record<A, AspectResult>>
  readonly findings: readonly Finding[]
}

/** A minimal change of an observation to what a broken service would have shown, and what must then be found. */
export interface Refutation<O, A extends string = string> {
  readonly id: string
  readonly breaks: A
  readonly code: string
  /** The changed observation, or null where this observation has nothing that could be broken this way. Pure. */
  apply(observation: O): O | null
}

/** At least one of them: a judge without refutations does not compile. */
export type NonEmpty<T> = readonly [T, ...T[]]

/**
 * The opinion of a check: pure, total, no I/O, no clock, no randomness. It can be run again by anybody, offline, on a
 * stored observation. `O` and `P` are plain JSON.
 */
export interface Judge<O = unknown, P = unknown, A extends string = string> {
  /** Raised by hand when the meaning of an observation or a verdict changes. */
  readonly version: number
  readonly aspects: NonEmpty<A>
  /** @throws ZodError if the stored observation has another shape. */
  parse(json: Json): O
  /** @throws ZodError if a policy's parameters are unknown or out of range. */
  parseParams(json: Json): P
  judge(observation: O, params: P): Judgement<A>
  readonly refutations: NonEmpty<Refutation<O, A>>
}

/** Helps inference: `export const judge = defineJudge({...})`. */
export function defineJudge<O, P, A extends string>(judge: Judge<O, P, A>): Judge<O, P, A> {
  return judge
}

/** A judge with its types forgotten, as a registry keeps it. */
export type AnyJudge = Judge<unknown, unknown, string>

/** The worst of all aspects; a judge that answered for no aspect proved nothing. */
export function judgementOutcome(judgement: Judgement): Outcome {
  return worstOutcome(Object.values(judgement.aspects).map((aspect) => aspect.outcome))
}

/** What a finding is made from; the fingerprint is added. */
export type FindingInput = Omit<Finding, 'fingerprint'>

/** A finding with its fingerprint: control aspect, code and place, not the wording. */
export function finding(input: FindingInput): Finding {
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([input.aspect, input.code, input.where]))
    .digest('hex')
    .slice(0, 16)
  return { ...input, fingerprint }
}

/**
 * Collects what is found aspect by aspect, so that a judge is one list of statements. An aspect that nobody spoke
 * about is `inconclusive` with the code `not-observed`: silence is not a pass.
 */
export class Verdicts<A extends string> {
  readonly #aspects = new Map<A, AspectResult>()
  readonly #findings: Finding[] = []
  readonly #all: readonly A[]

  constructor(aspects: readonly A[]) {
    this.#all = aspects
  }

  /** The aspect was looked at and is right, unless something else says otherwise. */
  pass(aspect: A): this {
    return this.#set(aspect, { outcome: 'pass', code: 'ok' })
  }

  /** The aspect is wrong. */
  fail(aspect: A, input: Omit<FindingInput, 'aspect'>): this {
    this.#findings.push(finding({ aspect, ...input }))
    return this.#set(aspect, { outcome: 'fail', code: input.code })
  }

  /** The aspect could not be decided: the code says why, the finding what would decide it. */
  inconclusive(aspect: A, input: Omit<FindingInput, 'aspect'>): this {
    this.#findings.push(finding({ aspect, ...input }))
    return this.#set(aspect, { outcome: 'inconclusive', code: input.code })
  }

  /** The object of this aspect does not exist, and the observation shows how that is known. */
  notApplicable(aspect: A, code: string): this {
    return this.#set(aspect, { outcome: 'not_applicable', code })
  }

  #set(aspect: A, result: AspectResult): this {
    const before = this.#aspects.get(aspect)
    if (
      before === undefined ||
      (worstOutcome([before.outcome, result.outcome]) === result.outcome && before.outcome !== result.outcome)
    ) {
      this.#aspects.set(aspect, result)
    }
    return this
  }

  done(): Judgement<A> {
    const aspects = {} as Record<A, AspectResult>
    for (const aspect of this.#all) {
      aspects[aspect] = this.#aspects.get(aspect) ?? { outcome: 'inconclusive', code: 'not-observed' }
    }
    return { aspects, findings: this.#findings }
  }
}
