import { CannotObserve, defineCheck } from '@greengate/contracts'
import { baselineBoot, inParallel, patienceMs, recordBoot } from '../../lib-boot/boots.ts'
import { malformedValues } from '../../lib-boot/trials.ts'
import { resolveVariables } from '../../lib-boot/variables.ts'
import { control } from './control.ts'
import { judge } from './judge.ts'

const MISSING_MAX = 2
const MALFORMED_MAX = 2
const STARTS_AT_ONCE = 2

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'write', quiet: false, timeoutMs: 300_000 },
  async observe(context) {
    const variables = Object.entries(await resolveVariables(context))
    // Secrets and addresses of dependencies first: what is missing most often after a move.
    const missing = variables
      .filter(([, spec]) => spec.required)
      .toSorted(([, a], [, b]) => Number(b.secret) - Number(a.secret))
      .slice(0, MISSING_MAX)
      .map(([variable]) => ({ variable, kind: 'missing', value: null }))
    const malformed = variables
      .filter(([, spec]) => spec.format !== 'string')
      .flatMap(([variable, spec]) =>
        malformedValues(spec)
          .slice(0, 1)
          .map((bad) => ({ variable, ...bad })),
      )
      .slice(0, MALFORMED_MAX)
    const planned = [...missing, ...malformed]
    if (planned.length === 0) {
      throw new CannotObserve(
        'no-variables-declared',
        'No variable is declared that could be missing or malformed.',
        `Declare them in \`variables\`, for example: variables: { DATABASE_URL: { required: true, secret: true, format: 'url' } }`,
      )
    }
    const baseline = await baselineBoot(context)
    const limitMs = patienceMs(context, baseline)
    const errors = await inParallel(planned, STARTS_AT_ONCE, async ({ variable, kind, value }) => {
      const purpose = kind === 'missing' ? `without ${variable}` : `with ${variable} ${kind}`
      return {
        ...(await recordBoot(context, { purpose, env: { [variable]: value }, readyTimeoutMs: limitMs })),
        variable,
        kind,
        limitMs,
      }
    })
    return { data: { baseline, errors }, exercised: { starts: errors.length + 1, configurationErrors: errors.length } }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    { id: 'exit-zero', breaks: 'exit-code', code: 'exit-zero', arrange: (bed) => bed.service(['config-error-exit-0']) },
    {
      id: 'logged-twice',
      breaks: 'once',
      code: 'logged-more-than-once',
      arrange: (bed) => bed.service(['config-error-logged-twice']),
    },
    { id: 'hangs', breaks: 'in-time', code: 'did-not-exit', arrange: (bed) => bed.service(['config-error-hang']) },
  ],
})
