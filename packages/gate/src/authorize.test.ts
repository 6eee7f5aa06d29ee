import type { TrustRoot } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { authorize } from './authorize.ts'
import { compiled, inventory, NOW_MS, spec, SUBJECT, verified } from './testing.ts'

const promote = compiled(['CFG-01'])
const rollback = compiled(['CFG-02'])
const trustRoot: TrustRoot = {
  schema: 'greengate/trust-root/v1',
  keys: [],
  environments: {
    production: { promote: promote.digest as `sha256:${string}`, rollback: rollback.digest as `sha256:${string}` },
  },
  ledgers: [],
}
const input = {
  trustRoot,
  environment: 'production',
  action: 'promote' as const,
  policy: promote,
  subject: SUBJECT,
  evidence: [verified('CFG-01')],
  inventory: inventory([spec('CFG-01'), spec('CFG-02')], { served: new Set([SUBJECT.digest]) }),
  nowMs: NOW_MS,
}

describe('authorize', () => {
  it('allows what is green under the policy that the trust root names', () => {
    expect(authorize(input)).toMatchObject({ allowed: true, verdict: { result: 'green' } })
    expect(authorize({ ...input, action: 'rollback', policy: rollback, evidence: [verified('CFG-02')] })).toMatchObject(
      { allowed: true, verdict: { action: 'rollback' } },
    )
  })
  it('refuses a policy that the trust root does not name, however green', () => {
    const weaker = compiled(['CFG-01'], { id: 'weaker' })
    const answer = authorize({ ...input, policy: weaker })
    expect(answer).toMatchObject({ allowed: false, verdict: null })
    expect(answer).toHaveProperty('reasons', [
      `The trust root names the policy ${promote.digest} for promote to production; this one is ${weaker.digest}.`,
    ])
  })
  it('refuses the policy of the other action', () => {
    expect(authorize({ ...input, action: 'rollback' })).toMatchObject({ allowed: false, verdict: null })
  })
  it.each(['staging', 'toString', '__proto__'])(
    'refuses the environment %s that the trust root does not know',
    (environment) => {
      const answer = authorize({ ...input, environment })
      expect(answer).toMatchObject({
        allowed: false,
        reasons: [`The trust root does not name the environment ${environment}: nothing can be deployed there.`],
      })
    },
  )
  it('says row by row what is not green', () => {
    const answer = authorize({
      ...input,
      evidence: [verified('CFG-01', { outcome: 'fail', reason: 'it leaks' })],
      subject: { ...SUBJECT, dirty: true },
    })
    expect(answer).toMatchObject({ allowed: false, verdict: { result: 'red' } })
    expect(answer).toHaveProperty('reasons', [
      'The tree has changes that no commit holds: it can be judged, and never deployed.',
      'CFG-01 on shop: fail. it leaks',
    ])
  })
  it('names only what is not green', () => {
    const policy = compiled(['CFG-01', 'CFG-02', 'CFG-03'])
    const absent = { name: 'database', target: 'shop', state: 'absent', detector: 'd', how: 'none' } as const
    const answer = authorize({
      ...input,
      policy,
      trustRoot: {
        ...trustRoot,
        environments: {
          production: { promote: policy.digest as `sha256:${string}`, rollback: policy.digest as `sha256:${string}` },
        },
      },
      inventory: inventory([spec('CFG-01'), spec('CFG-02', { objectFact: 'database' }), spec('CFG-03')]),
      evidence: [
        verified('CFG-01'),
        verified('CFG-02', { outcome: 'not_applicable', facts: [absent] }),
        verified('CFG-03', { outcome: 'error', reason: 'it broke' }),
      ],
    })
    expect(answer).toHaveProperty('reasons', ['CFG-03 on shop: error. it broke'])
  })
  it('refuses without targets and names the row', () => {
    const answer = authorize({ ...input, inventory: inventory([spec('CFG-01')], { targets: [] }) })
    expect(answer).toHaveProperty(
      'reasons.1',
      'CFG-01 on no target: missing. Nothing was found that it could be judged on.',
    )
  })
})
