import { type Evidence, finding } from '@greengate/contracts'

/** What `oddJudge` finds. */
export function evenFinding(value: number): Evidence['judgement']['findings'][number] {
  return finding({
    aspect: 'odd',
    code: 'even',
    message: `${value} is even.`,
    where: 'value',
    expected: 'an odd number',
    observed: String(value),
    fix: 'Add one.',
  })
}
