import { hash } from 'node:crypto'
import type { Digest, Evidence, Outcome } from '@greengate/contracts'
import { evenFinding } from './testing-finding.ts'

/** Valid evidence for tests of the gate, of reports and of this package. Not for products: nothing was observed. */

/** A digest that is told apart by a word. */
export function digestFor(word: string): Digest {
  return `sha256:${hash('sha256', word, 'hex')}`
}

/** 2026-01-15T12:00:00.000Z, the moment at which test evidence ends unless told otherwise. */
export const EVIDENCE_TIME_MS = Date.UTC(2026, 0, 15, 12)

/** Parts of evidence that differ from the usual. */
export type EvidenceParts = Partial<Omit<Evidence, 'outcome' | 'subject'>> & {
  readonly outcome?: Outcome
  readonly subject?: Partial<Evidence['subject']>
}

const ASPECT_CODES: Readonly<Record<Outcome, string>> = {
  pass: 'ok',
  fail: 'even',
  inconclusive: 'not-observed',
  error: 'check-failed',
  not_applicable: 'no-database',
}

/**
 * Evidence that the verifier accepts with `oddJudge`. Without parts, it passed; `outcome` alone makes the rest of it
 * fit: findings for a fail, an absent fact for not applicable, no observation where no judge spoke.
 */
export function buildEvidence(parts: EvidenceParts = {}): Evidence {
  const outcome = parts.outcome ?? 'pass'
  const target = parts.target ?? 'component:api'
  const judged = outcome === 'pass' || outcome === 'fail'
  const base: Evidence = {
    control: 'OBS-21',
    target,
    subject: {
      name: 'billing',
      kind: 'tree',
      digest: digestFor('tree'),
      dirty: false,
      commit: '0'.repeat(40),
      binds: {
        tree: digestFor('tree'),
        artifact: '',
        config: digestFor('config'),
        environment: digestFor('environment'),
        service: digestFor('service'),
      },
    },
    org: 'example',
    runId: 'run-1',
    check: { version: 1, digest: digestFor('check') },
    tool: '0.1.0',
    params: {},
    facts:
      outcome === 'not_applicable'
        ? [{ name: 'database', target, state: 'absent', detector: 'test@1', how: 'Nothing connects to one.' }]
        : [],
    observation: judged ? { value: outcome === 'pass' ? 7 : 8 } : null,
    blobs: [],
    judgement: {
      aspects: { odd: { outcome, code: ASPECT_CODES[outcome] } },
      findings: outcome === 'fail' ? [evenFinding(8)] : [],
    },
    outcome,
    reason: outcome === 'pass' ? '' : `It is ${outcome}.`,
    refutations: judged ? { tried: 1, caught: 1, missed: [] } : { tried: 0, caught: 0, missed: [] },
    exercised: judged ? { samples: 3 } : {},
    env: 'sandbox',
    trust: 'local',
    from: new Date(EVIDENCE_TIME_MS - 1000).toISOString(),
    to: new Date(EVIDENCE_TIME_MS).toISOString(),
  }
  return { ...base, ...parts, outcome, subject: { ...base.subject, ...parts.subject } }
}

export * from './testing-bundle.ts'
export { evenFinding } from './testing-finding.ts'
