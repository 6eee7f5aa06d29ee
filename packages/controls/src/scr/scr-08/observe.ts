import { CannotObserve, defineCheck, needTestbed, type VariableSpec } from '@greengate/contracts'
import { baselineBoot, patienceMs } from '../../lib-boot/boots.ts'
import { isWellFormed } from '../../lib-boot/placeholders.ts'
import { runTrials, takeEvenly } from '../../lib-boot/trials.ts'
import { variablesThat } from '../../lib-boot/variables.ts'
import { control } from './control.ts'
import { judge } from './judge.ts'

const STARTS_MAX = 24

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'write', quiet: false, timeoutMs: 600_000 },
  async observe(context) {
    const variables = await variablesThat(
      context,
      (spec) => spec.thirdParty,
      `MAIL_API_KEY: { required: true, secret: true, thirdParty: true, pattern: '^mk_[a-z0-9]{24}$' }`,
    )
    const declared = needTestbed(context).declaredEnv()
    const groups = variables.map(([variable, spec]) =>
      malformedCredentials(declared[variable] ?? '', spec).map((bad) => ({ variable, ...bad })),
    )
    const without = variables.find((_, index) => groups[index]?.length === 0)
    if (without) {
      throw new CannotObserve(
        'credential-not-set',
        `${without[0]} has no value in \`start.env\`, or its pattern allows everything, so that it is not known what would be malformed.`,
        `Set a well-formed value: start: { env: { ${without[0]}: '...' } }, and declare its \`pattern\`.`,
      )
    }
    const planned = takeEvenly(groups, STARTS_MAX)
    const combinations = groups.flat().length
    const baseline = await baselineBoot(context)
    const trials = await runTrials(context, planned, patienceMs(context, baseline))
    const data = { baseline, trials, variables: variables.map(([name]) => name), combinations }
    return {
      data,
      exercised: {
        starts: trials.length + 1,
        credentials: variables.length,
        trials: trials.length,
        trialsOf: combinations,
      },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'credential-unchecked',
      breaks: 'refused',
      code: 'started-anyway',
      arrange: (bed) => bed.service(['credential-unchecked']),
    },
    { id: 'exit-zero', breaks: 'refused', code: 'exit-zero', arrange: (bed) => bed.service(['config-error-exit-0']) },
  ],
})

/** Ways in which a credential is spoiled on its way from a vault: pasted in part, with quotes, or into the wrong place. */
function malformedCredentials(good: string, spec: VariableSpec): { kind: string; value: string }[] {
  if (good.length < 4) return []
  const middle = Math.floor(good.length / 2)
  const prefix = /^[A-Za-z0-9]{2,10}[_-]/.exec(good)?.[0] ?? ''
  const all = [
    ...(prefix === ''
      ? []
      : [{ kind: 'with-wrong-prefix', value: `zz9${prefix.slice(-1)}${good.slice(prefix.length)}` }]),
    { kind: 'truncated', value: good.slice(0, Math.max(prefix.length + 2, 4)) },
    { kind: 'with-inner-whitespace', value: `${good.slice(0, middle)} ${good.slice(middle)}` },
    { kind: 'in-quotes', value: `"${good}"` },
  ]
  // What the declared pattern allows is not malformed.
  return spec.pattern === undefined ? all : all.filter(({ value }) => !isWellFormed(value, spec))
}
