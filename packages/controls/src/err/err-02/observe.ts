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
    const { survey, help } = await sharedSurvey(context)
    return {
      data: { survey, help },
      exercised: { requests: survey.exchanges.length, errorAnswers: errorAnswers(survey).length },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'html-404',
      breaks: 'unknown-path',
      code: 'unknown-path-not-json',
      arrange: (bed) => bed.service(['html-404']),
    },
    {
      id: 'catch-all',
      breaks: 'unknown-path',
      code: 'unknown-path-answered',
      arrange: (bed) => bed.service(['catch-all-200']),
    },
    {
      id: 'malformed-without-envelope',
      breaks: 'envelope-400',
      code: 'no-error-object',
      arrange: (bed) => bed.service(['no-envelope-on-malformed']),
    },
    {
      id: 'method-without-envelope',
      breaks: 'envelope-405',
      code: 'no-error-object',
      arrange: (bed) => bed.service(['no-envelope-on-405']),
    },
    {
      id: 'size-without-envelope',
      breaks: 'envelope-413',
      code: 'no-error-object',
      arrange: (bed) => bed.service(['no-envelope-on-413']),
    },
    {
      id: 'fault-without-envelope',
      breaks: 'envelope-5xx',
      code: 'no-error-object',
      arrange: (bed) => bed.service(['no-envelope-on-503']),
    },
    {
      id: 'request-id-missing',
      breaks: 'envelope-404',
      code: 'request-id-missing',
      arrange: (bed) => bed.service(['request-id-missing-in-error']),
    },
    { id: 'help-missing', breaks: 'help', code: 'help-missing', arrange: (bed) => bed.service(['help-missing']) },
  ],
})
