/** Goal: the order of versions is the one of Semantic Versioning 2.0.0, section 11, whose example is the first list. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareVersions, parseVersion } from './semver.ts'

const order = (a: string, b: string): number => {
  const [left, right] = [parseVersion(a), parseVersion(b)]
  if (!left || !right) throw new Error('not versions')
  return compareVersions(left, right)
}

describe('versions', () => {
  it('orders the example of the specification', () => {
    const sorted = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.0.1',
      '1.10.0',
      '2.0.0',
    ]
    for (const [i, a] of sorted.entries())
      for (const [j, b] of sorted.entries()) expect(order(a, b)).toBe(Math.sign(i - j))
    expect(order('v1.2.3', '1.2.3+build.7')).toBe(0)
  })

  it.each(['', '1', '1.2', '01.2.3', '1.2.3.4', '1.2.x', 'latest', '1.2.3-', `1.2.${'9'.repeat(300)}`])(
    'does not take %j for a version',
    (text) => expect(parseVersion(text)).toBeNull(),
  )

  it('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => parseVersion(text) === null || parseVersion(text) !== undefined))
  })
})
