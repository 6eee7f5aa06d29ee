// Goal: the judge of DEP-01 lets nothing through by default.
// Method: one sound observation, and what must be said when a part of it is missing. The real observer with real deploys
// is played in apps/cli, where the deploy command is.
import { DEPLOY_ATTEMPTS, judgementOutcome } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { judge, type Observation } from './judge.ts'

const sound: Observation = {
  attempts: DEPLOY_ATTEMPTS.map((kind) => ({
    kind,
    exit: kind === 'green' ? 0 : 1,
    adapterStarted: kind === 'green',
    credentialSeen: kind === 'green',
    message: '',
  })),
  steps: [],
  pipelines: [],
  notUnderstood: [],
}
const outcome = (observation: Observation): string => judgementOutcome(judge.judge(observation, {}))

describe('the judge of DEP-01', () => {
  it('passes when everything but green is refused', () => {
    expect(outcome(sound)).toBe('pass')
    expect(outcome({ ...sound, steps: [{ where: 'deploy.yml:3', command: 'greengate deploy', gated: true }] })).toBe(
      'pass',
    )
  })
  it.each(judge.refutations.map((refutation) => refutation.id))('catches the refutation %s', (id) => {
    const refutation = judge.refutations.find((one) => one.id === id)
    const broken = refutation?.apply(structuredClone(sound))
    expect(broken).toBeTruthy()
    const judged = judge.judge(broken as Observation, {})
    expect(judged.findings.map((finding) => [finding.aspect, finding.code])).toContainEqual([
      refutation?.breaks,
      refutation?.code,
    ])
    expect(judgementOutcome(judged)).not.toBe('pass')
  })
  it('is not satisfied by nothing', () => {
    expect(outcome({ ...sound, attempts: [] })).toBe('inconclusive')
    expect(outcome({ ...sound, notUnderstood: ['.gitlab-ci.yml'] })).toBe('inconclusive')
  })
  it('does not take a crash for a refusal', () => {
    const crashed = sound.attempts.map((attempt) => (attempt.kind === 'foreign' ? { ...attempt, exit: 3 } : attempt))
    expect(outcome({ ...sound, attempts: crashed })).toBe('fail')
  })
})
