import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { judgeTrials, trialRefutations, type Trials, trialsSchema, unnamed } from '../../lib-boot/trials.ts'

const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['refused-at-start', 'named'] as const

export const judge = defineJudge<Trials, Params, (typeof ASPECTS)[number]>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => trialsSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts(ASPECTS)
    judgeTrials(verdicts, { refused: 'refused-at-start', named: 'named' }, observation, {
      expected: 'an exit code other than 0 before the port is opened',
      fix: 'Parse every variable at start, check its range, and refuse to start with a message that names it.',
    })
    return verdicts.done()
  },
  refutations: [
    { id: 'none-named', breaks: 'named', code: 'variable-not-named', apply: unnamed },
    ...trialRefutations.map((refutation) => ({ ...refutation, breaks: 'refused-at-start' as const })),
  ],
})
