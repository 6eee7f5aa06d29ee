import { CannotObserve, defineCheck } from '@greengate/contracts'
import { baselineBoot, inParallel, patienceMs, recordBoot } from '../../lib-boot/boots.ts'
import { variablesThat } from '../../lib-boot/variables.ts'
import { control } from './control.ts'
import { judge } from './judge.ts'

const VARIABLES_MAX = 60
const STARTS_AT_ONCE = 2

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'write', quiet: false, timeoutMs: 900_000 },
  async observe(context) {
    const variables = await variablesThat(
      context,
      (spec) => spec.required,
      `DATABASE_URL: { required: true, secret: true, format: 'url' }`,
    )
    const required = variables.map(([name]) => name)
    if (required.length > VARIABLES_MAX) {
      throw new CannotObserve(
        'too-many-variables',
        `${required.length} variables are required; at most ${VARIABLES_MAX} are tried.`,
        'Move what is not needed to start into a file or a store.',
      )
    }
    const baseline = await baselineBoot(context)
    const readyTimeoutMs = patienceMs(context, baseline)
    const without = await inParallel(required, STARTS_AT_ONCE, async (variable) => ({
      ...(await recordBoot(context, { purpose: `without ${variable}`, env: { [variable]: null }, readyTimeoutMs })),
      variable,
    }))
    const withoutAll = await recordBoot(context, {
      purpose: `without all ${required.length} required variables`,
      env: Object.fromEntries(required.map((name) => [name, null])),
      readyTimeoutMs,
    })
    return {
      data: { baseline, required, without, withoutAll },
      exercised: { starts: without.length + 2, variables: without.length, variablesOf: required.length },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'silent-default',
      breaks: 'stops-the-start',
      code: 'started-anyway',
      arrange: (bed) => bed.service(['missing-var-default']),
    },
    {
      id: 'one-at-a-time',
      breaks: 'all-in-one-message',
      code: 'not-all-named',
      arrange: (bed) => bed.service(['missing-var-one-at-a-time']),
    },
    {
      id: 'port-first',
      breaks: 'port-closed',
      code: 'port-opened',
      arrange: (bed) => bed.service(['port-opened-before-config']),
    },
    {
      id: 'exit-zero',
      breaks: 'stops-the-start',
      code: 'exit-zero',
      arrange: (bed) => bed.service(['config-error-exit-0']),
    },
  ],
})
