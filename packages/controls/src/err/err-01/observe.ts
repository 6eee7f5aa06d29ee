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
      exercised: {
        requests: survey.exchanges.length,
        errorAnswers: errorAnswers(survey).length,
        codes: registry?.entries.length ?? 0,
      },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'unregistered-code',
      breaks: 'answers',
      code: 'code-not-registered',
      arrange: (bed) => bed.service(['error-code-unregistered']),
    },
    {
      id: 'wrong-status',
      breaks: 'status',
      code: 'status-differs',
      arrange: (bed) => bed.service(['error-registry-wrong-status']),
    },
    { id: 'html-404', breaks: 'answers', code: 'code-not-registered', arrange: (bed) => bed.service(['html-404']) },
  ],
})
