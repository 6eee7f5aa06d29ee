import { createHash } from 'node:crypto'
import type {
  ControlSpec,
  Evidence,
  Inventory,
  Json,
  Outcome,
  Policy,
  Subject,
  Target,
  VerifiedEvidence,
} from '@greengate/contracts'
import { type CompiledPolicy, compilePolicy } from './compile-policy.ts'

/** Makers of everything that a decision is made from; each starts green, and a test changes what it is about. */

export const NOW_MS = Date.parse('2026-11-21T12:00:00.000Z')
const hex = (seed: string): `sha256:${string}` => `sha256:${createHash('sha256').update(seed).digest('hex')}`

/** Digest for tests: JSON with sorted keys is canonical enough there. */
export function digestOf(value: Json): string {
  const sorted = (json: Json): Json =>
    json === null || typeof json !== 'object' || Array.isArray(json)
      ? json
      : Object.fromEntries(
          Object.entries(json)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, sorted(inner)]),
        )
  return hex(JSON.stringify(sorted(value)))
}

export const SUBJECT: Subject = {
  name: 'shop',
  kind: 'tree',
  digest: hex('tree-1'),
  dirty: false,
  commit: 'c0ffee',
  binds: { tree: hex('tree-1'), config: hex('config-1'), artifact: '', environment: '', service: '' },
}

export const TARGET: Target = { id: 'shop', kind: 'component', source: 'discovered' }

export function spec(id: string, change: Partial<ControlSpec> = {}): ControlSpec {
  return {
    id: id as ControlSpec['id'],
    scope: ['component'],
    binds: ['tree', 'config'],
    maxAgeS: 3600,
    checkDigest: hex(`check ${id}`),
    ...change,
  }
}

export function inventory(specs: readonly ControlSpec[], change: Partial<Inventory> = {}): Inventory {
  return {
    targets: [TARGET],
    controls: new Map(specs.map((one) => [one.id, one])),
    catalogue: 224,
    served: new Set(),
    ...change,
  }
}

export function policy(controls: readonly string[], change: Partial<Policy> = {}): Policy {
  return {
    schema: 'greengate/policy/v1',
    id: 'production',
    version: 1,
    prev: '',
    expires: '2027-01-01T00:00:00.000Z',
    approvers: [],
    threshold: 2,
    runners: [],
    anchored: false,
    require: controls.map((control) => ({
      control: control as Policy['require'][number]['control'],
      params: {},
      envs: [],
      trust: 'local',
    })),
    ...change,
  }
}

export function compiled(controls: readonly string[], change: Partial<Policy> = {}): CompiledPolicy {
  return compilePolicy(policy(controls, change), () => ({}), digestOf)
}

export interface EvidenceChange extends Partial<Omit<Evidence, 'outcome'>> {
  readonly outcome?: Outcome
  /** Seconds before NOW_MS at which the observation ended; default 60. */
  readonly ageS?: number
}

export function verified(
  control: string,
  change: EvidenceChange = {},
  around: Partial<Omit<VerifiedEvidence, 'evidence'>> = {},
): VerifiedEvidence {
  const { ageS = 60, ...rest } = change
  const to = new Date(NOW_MS - ageS * 1000).toISOString()
  const evidence: Evidence = {
    control: control as Evidence['control'],
    target: 'shop',
    subject: SUBJECT,
    org: '',
    runId: 'run-1',
    check: { version: 1, digest: hex(`check ${control}`) },
    tool: 'greengate@0.1.0',
    params: {},
    facts: [],
    observation: {},
    blobs: [],
    judgement: { aspects: { one: { outcome: change.outcome ?? 'pass', code: 'ok' } }, findings: [] },
    outcome: 'pass',
    reason: '',
    refutations: { tried: 1, caught: 1, missed: [] },
    exercised: { requests: 1 },
    env: 'sandbox',
    trust: 'local',
    from: to,
    to,
    ...rest,
  }
  return {
    evidence,
    digest: hex(JSON.stringify([control, change])),
    keyid: 'key-1',
    trust: 'local',
    paramsDigest: digestOf({}),
    toMs: Date.parse(evidence.to),
    anchored: false,
    ...around,
  }
}
