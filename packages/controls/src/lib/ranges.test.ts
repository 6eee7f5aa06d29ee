import { describe, expect, it } from 'vitest'
import { npmAllows, pythonAllows } from './ranges.ts'

describe('npmAllows', () => {
  it.each<[string, string, boolean | null]>([
    ['^5.0.0', '5.1.0', true], ['^5.0.0', '6.0.0', false], ['^5.0.0', '4.9.9', false], ['^0.2.3', '0.2.9', true], ['^0.2.3', '0.3.0', false], ['^0.0.3', '0.0.4', false],
    ['~1.2.3', '1.2.9', true], ['~1.2', '1.3.0', false], ['~1', '1.9.0', true], ['1.x', '1.9.0', true], ['1', '2.0.0', false], ['*', '9.9.9', true], ['', '1.0.0', true],
    ['>=1 <3', '2.5.0', true], ['>= 1.0.0 < 3', '3.0.0', false], ['1 || 3', '3.4.5', true], ['1 || 3', '2.0.0', false], ['1.0.0 - 2.0.0', '2.0.0', true], ['5.1.0', '5.1.1', false],
    ['npm:express@^5.0.0', '5.1.0', true], ['npm:@a/b@^5.0.0', '4.0.0', false], ['latest', '1.0.0', null], ['github:a/b', '1.0.0', null], ['^1.0.0-beta.1', '1.0.0', null], ['^5.0.0', '5.0.0-rc.1', null],
  ])('%s and %s: %s', (spec, version, allowed) => {
    expect(npmAllows(spec, version)).toBe(allowed)
  }) // prettier-ignore
})

describe('pythonAllows', () => {
  it.each<[string, string, boolean | null]>([
    ['>=0.115', '0.115.0', true], ['>=0.115,<1', '1.0', false], ['~=3.0', '3.9', true], ['~=3.0', '4.0', false], ['~=3.0.1', '3.1.0', false], ['==2.*', '2.9.1', true], ['==2.9.2', '2.9.1', false],
    ['!=2.9.2', '2.9.2', false], ['^5.1', '5.9.9', true], ['^6.0', '5.1.2', false], ['~5.1', '5.2.0', false], ['*', '1.0', true], ['', '1.0', true], ['5.1.2', '5.1.2', true], ['>1.0', '1.0.1', true], ['<=2.0', '2.0.0', true],
    ['>=1,<2 || >=3', '3.1', true], ['>=2.0a1', '2.0', null], ['>=1.0', '1.0rc1', null],
  ])('%s and %s: %s', (spec, version, allowed) => {
    expect(pythonAllows(spec, version)).toBe(allowed)
  }) // prettier-ignore
})
