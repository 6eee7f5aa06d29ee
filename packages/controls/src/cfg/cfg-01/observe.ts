import { CannotObserve, defineCheck, needTestbed } from '@greengate/contracts'
import { baselineBoot, inParallel, patienceMs, recordBoot } from '../../lib-boot/boots.ts'
import { lockVariant } from '../../lib-boot/production.ts'
import { takeEvenly } from '../../lib-boot/trials.ts'
import { control } from './control.ts'
import { judge } from './judge.ts'

/** More only if there are so many pairs of sources that each in both directions needs it. */
const STARTS_MAX = 12
const STARTS_AT_ONCE = 2

interface Combination {
  readonly first: number
  readonly second: number
  readonly firstSays: string
  readonly secondSays: string
}

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'write', quiet: false, timeoutMs: 600_000 },
  async observe(context) {
    const lock = context.config.environmentLock
    if (!lock) {
      throw new CannotObserve(
        'no-environment-lock',
        'It is not declared from where the service learns in which environment it is.',
        `Add environmentLock: { environments: ['local', 'staging', 'production'], sources: [{ name: 'declared', variable: 'APP_ENV' }, { name: 'env file', variable: 'ENV_FILE', kind: 'file', content: 'APP_ENV={environment}' }] }`,
      )
    }
    const declared = needTestbed(context).declaredEnv()
    const known = lock.sources.map((source) => (source.kind === 'value' ? declared[source.variable] : undefined))
    const home =
      known.find((value) => value !== undefined && lock.environments.includes(value)) ?? lock.environments[0] ?? ''
    const baseline = await baselineBoot(context, {
      purpose: `with every source saying ${home}`,
      ...lockVariant(lock.sources, () => home),
    })
    const groups = combinations(lock.sources.length, lock.environments, home)
    const planned = takeEvenly(groups, Math.max(STARTS_MAX, groups.length * 2))
    const readyTimeoutMs = patienceMs(context, baseline)
    const mismatches = await inParallel(planned, STARTS_AT_ONCE, async ({ first, second, firstSays, secondSays }) => {
      const nameOf = (index: number): string => lock.sources[index]?.name ?? ''
      const record = await recordBoot(context, {
        purpose: `with ${nameOf(first)} saying ${firstSays} and ${nameOf(second)} saying ${secondSays}`,
        // The other sources side with the first, so that nothing but the second disagrees.
        ...lockVariant(lock.sources, (index) => (index === second ? secondSays : firstSays)),
        readyTimeoutMs,
      })
      return {
        ...record,
        first: { source: nameOf(first), says: firstSays },
        second: { source: nameOf(second), says: secondSays },
      }
    })
    const all = groups.flat().length
    return {
      data: {
        baseline,
        sources: lock.sources.map((source) => source.name),
        lockVariables: [...new Set(lock.sources.map((source) => source.variable))],
        mismatches,
        combinations: all,
      },
      exercised: { starts: mismatches.length + 1, mismatches: mismatches.length, mismatchesOf: all },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'lock-ignored',
      breaks: 'refuses',
      code: 'started-anyway',
      arrange: (bed) => bed.service(['env-lock-ignored']),
    },
    { id: 'exit-zero', breaks: 'refuses', code: 'exit-zero', arrange: (bed) => bed.service(['config-error-exit-0']) },
    {
      id: 'logged-twice',
      breaks: 'one-config-error',
      code: 'logged-more-than-once',
      arrange: (bed) => bed.service(['config-error-logged-twice']),
    },
    {
      id: 'port-first',
      breaks: 'port-closed',
      code: 'port-opened',
      arrange: (bed) => bed.service(['port-opened-before-config']),
    },
  ],
})

/** For each pair of sources all ordered pairs of environments, a direction always beside its reverse, those with `home` first. */
function combinations(sources: number, environments: readonly string[], home: string): Combination[][] {
  const others = environments.filter((name) => name !== home)
  const pairs = [
    ...others.map((other) => [home, other] as const),
    ...others.flatMap((a, index) => others.slice(index + 1).map((b) => [a, b] as const)),
  ]
  const groups: Combination[][] = []
  for (let first = 0; first < sources; first++) {
    for (let second = first + 1; second < sources; second++) {
      // Another pair of environments comes first for each pair of sources, so that a few starts cover many of both.
      const shift = groups.length % Math.max(1, others.length)
      const turned = [...pairs.slice(shift, others.length), ...pairs.slice(0, shift), ...pairs.slice(others.length)]
      groups.push(
        turned.flatMap(([a, b]) => [
          { first, second, firstSays: a, secondSays: b },
          { first, second, firstSays: b, secondSays: a },
        ]),
      )
    }
  }
  return groups
}
