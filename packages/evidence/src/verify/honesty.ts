import type { Evidence } from '@greengate/contracts'
import { EvidenceError } from '../errors.ts'

/** Clocks of runners and verifiers differ; more than this is not a clock. */
export const SKEW_MS_MAX = 5 * 60 * 1000

/**
 * What must be true of any evidence, whatever its judge says.
 *
 * @throws EvidenceError TIME_INVALID, FROM_FUTURE, PASS_UNPROVED, OBSERVATION_MISSING, FACT_MISSING
 */
export function checkHonesty(evidence: Evidence, nowMs: number): void {
  checkTime(evidence, nowMs)
  const { outcome, refutations, observation } = evidence
  if (outcome === 'pass') {
    if (refutations.tried === 0) throw new EvidenceError('PASS_UNPROVED', 'It passed, and no refutation was tried.')
    if (refutations.caught !== refutations.tried || refutations.missed.length > 0) {
      throw new EvidenceError(
        'PASS_UNPROVED',
        `It passed, and ${refutations.caught} of ${refutations.tried} refutations were caught.`,
      )
    }
    if (!isExercised(evidence)) throw new EvidenceError('PASS_UNPROVED', 'It passed, and nothing was exercised.')
  }
  if (observation === null) {
    if (outcome === 'pass' || outcome === 'fail') {
      throw new EvidenceError('OBSERVATION_MISSING', `Its outcome is ${outcome}, and there is no observation.`)
    }
    const passed = Object.entries(evidence.judgement.aspects).find(([, aspect]) => aspect.outcome === 'pass')
    if (passed) throw new EvidenceError('OBSERVATION_MISSING', `Its aspect ${passed[0]} passed without an observation.`)
    const absent = evidence.facts.some((fact) => fact.state === 'absent' && fact.target === evidence.target)
    if (outcome === 'not_applicable' && !absent) {
      throw new EvidenceError('FACT_MISSING', 'It is not applicable, and carries no fact that says what is absent.')
    }
  }
}

/** Whether the check did anything at all. */
export function isExercised(evidence: Evidence): boolean {
  return Object.values(evidence.exercised).some((count) => count > 0)
}

function checkTime(evidence: Evidence, nowMs: number): void {
  const fromMs = timeMs(evidence.from)
  const toMs = timeMs(evidence.to)
  if (toMs < fromMs)
    throw new EvidenceError('TIME_INVALID', `It ended (${evidence.to}) before it began (${evidence.from}).`)
  if (!(toMs <= nowMs + SKEW_MS_MAX))
    throw new EvidenceError('FROM_FUTURE', `It was taken in the future: ${evidence.to}.`)
}

function timeMs(text: string): number {
  const ms = Date.parse(text)
  // The way back lets one spelling through, and no day that Date.parse rolled over. A year that RFC 3339 does not know, of
  // more than four digits, has a sign before it.
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== text || !/^\d/.test(text)) {
    throw new EvidenceError('TIME_INVALID', `${JSON.stringify(text)} is not a time in UTC with milliseconds.`)
  }
  return ms
}
