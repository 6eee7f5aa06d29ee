import { defineCheck } from '@greengate/contracts'
import { sharedSurvey } from '../../lib-http/shared-survey.ts'
import { errorAnswers } from '../../lib-http/survey.ts'
import { control } from './control.ts'
import { judge } from './judge.ts'

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'fault', quiet: false, timeoutMs: 180_000 },
  async observe(context) {
    const { registry, survey } = await sharedSurvey(context)
    return {
      data: { registry, survey },
      exercised: { requests: survey.exchanges.length, errorAnswers: errorAnswers(survey).length },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'no-wait-on-429',
      breaks: '429',
      code: 'retry-after-missing',
      arrange: (bed) => bed.service(['retry-after-missing-429']),
    },
    {
      id: 'no-wait-on-503',
      breaks: '5xx',
      code: 'retry-after-missing',
      arrange: (bed) => bed.service(['retry-after-missing-503']),
    },
    {
      id: 'wait-on-404',
      breaks: 'others',
      code: 'retry-after-on-final-error',
      arrange: (bed) => bed.service(['retry-after-on-404']),
    },
  ],
})
