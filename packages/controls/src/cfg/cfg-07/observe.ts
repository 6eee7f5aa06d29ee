import { defineCheck } from '@greengate/contracts'
import { baselineBoot, patienceMs } from '../../lib-boot/boots.ts'
import { malformedValues, runTrials, takeEvenly } from '../../lib-boot/trials.ts'
import { variablesThat } from '../../lib-boot/variables.ts'
import { control } from './control.ts'
import { judge } from './judge.ts'

const STARTS_MAX = 30

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'write', quiet: false, timeoutMs: 600_000 },
  async observe(context) {
    // Credentials of third parties are SCR-08's.
    const variables = await variablesThat(
      context,
      (spec) => !spec.thirdParty && malformedValues(spec).length > 0,
      `PORT: { required: true, format: 'port' }`,
    )
    const groups = variables.map(([variable, spec]) => malformedValues(spec).map((bad) => ({ variable, ...bad })))
    const planned = takeEvenly(groups, STARTS_MAX)
    const combinations = groups.flat().length
    const baseline = await baselineBoot(context)
    const trials = await runTrials(context, planned, patienceMs(context, baseline))
    const data = { baseline, trials, variables: variables.map(([name]) => name), combinations }
    return {
      data,
      exercised: {
        starts: trials.length + 1,
        variables: variables.length,
        trials: trials.length,
        trialsOf: combinations,
      },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'read-at-first-use',
      breaks: 'refused-at-start',
      code: 'started-anyway',
      arrange: (bed) => bed.service(['malformed-value-accepted']),
    },
    {
      id: 'range-unchecked',
      breaks: 'refused-at-start',
      code: 'started-anyway',
      arrange: (bed) => bed.service(['range-unchecked']),
    },
    {
      id: 'exit-zero',
      breaks: 'refused-at-start',
      code: 'exit-zero',
      arrange: (bed) => bed.service(['config-error-exit-0']),
    },
  ],
})
