import { describe, expect, it } from 'vitest'
import { median, rankTest } from './stats.ts'

describe('rankTest', () => {
  it('finds no difference in equal samples and in none', () => {
    expect(rankTest([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]).p).toBeGreaterThan(0.9)
    expect(rankTest([], [1]).p).toBe(1)
  })

  it('is sure of samples that do not overlap, whatever single values are', () => {
    const low = Array.from({ length: 15 }, (_, index) => index)
    const high = Array.from({ length: 15 }, (_, index) => 100 + index * 1000)
    const test = rankTest(high, low)
    expect(test.share).toBe(1)
    expect(test.p).toBeLessThan(0.001)
  })

  it('takes the middle', () => {
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(median([])).toBe(0)
  })
})
