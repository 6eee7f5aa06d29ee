import { describe, expect, test } from 'vitest'
import { theilSen } from './theil-sen.ts'

const line = (slope: number, noise: (index: number) => number): { x: number; y: number }[] =>
  Array.from({ length: 60 }, (_, index) => ({ x: index, y: 1000 + slope * index + noise(index) }))
const wave = (index: number): number => Math.sin(index * 12.9898) * 50

describe('theilSen', () => {
  test('finds a slope under noise and outliers, and says that it is above zero', () => {
    const found = theilSen(line(5, (index) => wave(index) + (index % 17 === 0 ? 4000 : 0)))
    expect(found.median).toBeGreaterThan(4)
    expect(found.median).toBeLessThan(6)
    expect(found.low).toBeGreaterThan(0)
  })
  test('says of noise alone that it may be flat', () => {
    const found = theilSen(line(0, wave))
    expect(found.low).toBeLessThanOrEqual(0)
    expect(found.high).toBeGreaterThanOrEqual(0)
  })
  test('refuses to speak about a few points', () => {
    expect(() => theilSen(line(1, wave).slice(0, 9))).toThrow(RangeError)
  })
})
