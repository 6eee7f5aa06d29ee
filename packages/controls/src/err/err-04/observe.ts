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
    const { survey } = await sharedSurvey(context)
    return {
      data: { survey },
      exercised: { requests: survey.exchanges.length, errorAnswers: errorAnswers(survey).length },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    { id: 'stack', breaks: 'client-errors', code: 'stack-trace', arrange: (bed) => bed.service(['leak-stack']) },
    {
      id: 'stack-after-a-long-head',
      breaks: 'client-errors',
      code: 'stack-trace',
      arrange: (bed) => bed.service(['leak-stack-late']),
    },
    { id: 'sql', breaks: 'server-errors', code: 'sql', arrange: (bed) => bed.service(['leak-sql']) },
    { id: 'path', breaks: 'client-errors', code: 'file-path', arrange: (bed) => bed.service(['leak-path']) },
    { id: 'version', breaks: 'headers', code: 'version', arrange: (bed) => bed.service(['leak-version']) },
  ],
})
