import { describe, expect, it } from 'vitest'
import { parseCoverage, parseJunit, parseSarif, parseTestJson, pathMatcher } from './index.ts'

function junit(text: string) {
  const parsed = parseJunit(text)
  return parsed.ok ? [parsed.value.tests, parsed.value.passed, parsed.value.failed, parsed.value.skipped] : parsed.code
}

describe('JUnit', () => {
  it.each([
    [
      'one suite as the root',
      '<testsuite tests="2" failures="1"><testcase name="a"/><testcase name="b"><failure message="no"/></testcase></testsuite>',
      [2, 1, 1, 0],
    ],
    [
      'nested suites without counts',
      '<testsuites><testsuite><testsuite><testcase name="a"/><testcase name="b"><skipped/></testcase></testsuite></testsuite><testcase name="c"><error>x</error></testcase></testsuites>',
      [3, 1, 1, 1],
    ],
    [
      'attributes that know of a failure in a suite',
      '<testsuites><testsuite tests="1" failures="0" errors="1"><testcase name="a"/></testsuite></testsuites>',
      [1, 0, 1, 0],
    ],
    ['counts only', '<testsuites tests="5" failures="1" skipped="2"></testsuites>', [5, 2, 1, 2]],
    ['a skipped status', '<testsuite><testcase name="a" status="skipped"/></testsuite>', [1, 0, 0, 1]],
    ['no tests', '<testsuites/>', [0, 0, 0, 0]],
  ])('reads %s', (_name, text, counts) => {
    expect(junit(`<?xml version="1.0"?>\n${text}`)).toEqual(counts)
  })

  it('refuses what ends early, is empty, is something else, or expands itself', () => {
    expect(junit('<testsuites><testsuite><testcase name="a"/>')).toBe('report-broken')
    expect(junit('  ')).toBe('report-empty')
    expect(junit('<html></html>')).toBe('report-broken')
    expect(junit('{"a":1}')).toBe('report-broken')
    expect(
      junit('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><testsuites><testcase name="&b;"/></testsuites>'),
    ).toBe('report-unsafe')
  })

  it('decodes what XML itself escapes', () => {
    const parsed = parseJunit(
      '<testsuite><testcase name="a &lt; b &#38; c"><failure message="&quot;x&quot;"/></testcase></testsuite>',
    )
    expect(parsed.ok && parsed.value.failures[0]).toMatchObject({ name: 'a < b & c', message: '"x"' })
  })
})

describe('coverage', () => {
  it('merges records of one file in lcov', () => {
    const parsed = parseCoverage(
      'TN:\nSF:src\\a.js\nDA:1,0\nDA:2,1\nend_of_record\nSF:src\\a.js\nDA:1,3\nend_of_record\n',
    )
    expect(parsed.ok && parsed.value.files).toEqual([{ path: 'src\\a.js', linesFound: 2, linesHit: 2 }])
  })
  it('does not count lines of methods in Cobertura twice', () => {
    const parsed = parseCoverage(
      '<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://localhost/coverage-04.dtd"><coverage><sources><source>/x</source></sources><packages><package><classes><class filename="a.py"><methods><method><lines><line number="1" hits="1"/></lines></method></methods><lines><line number="1" hits="1"/><line number="2" hits="0"/></lines></class></classes></package></packages></coverage>',
    )
    expect(parsed.ok && parsed.value).toEqual({
      format: 'cobertura',
      files: [{ path: 'a.py', linesFound: 2, linesHit: 1 }],
      sources: ['/x'],
    })
  })
  it('refuses what is cut off or holds nothing', () => {
    expect(parseCoverage('SF:a.js\nDA:1,1\n')).toMatchObject({ ok: false })
    expect(parseCoverage('')).toMatchObject({ code: 'report-empty' })
    expect(parseCoverage('hello')).toMatchObject({ ok: false })
    expect(parseCoverage('<coverage><packages/></coverage>')).toMatchObject({ ok: false })
  })
  it('finds the file of the tree that a path means', () => {
    const match = pathMatcher(['src/a.js', 'src/b/index.js', 'lib/index.js'], ['/export/tree'])
    expect(match('/export/tree/src/a.js')).toBe('src/a.js')
    expect(match('./src/a.js')).toBe('src/a.js')
    expect(match('src\\b\\index.js')).toBe('src/b/index.js')
    expect(match('C:\\work\\shop\\src\\b\\index.js')).toBe('src/b/index.js')
    expect(match('a.js', ['/export/tree/src'])).toBe('src/a.js')
    expect(match('index.js')).toBeNull()
    expect(match('/elsewhere/other.js')).toBeNull()
  })
})

describe('SARIF and JSON of test runners', () => {
  it('counts errors, also those whose level the rule gives, and not suppressed ones', () => {
    const result = { ruleId: 'r', message: { text: 'no' } }
    const run = {
      tool: { driver: { name: 'x', rules: [{ id: 'r', defaultConfiguration: { level: 'error' } }] } },
      artifacts: [{}, {}],
      results: [result, { ...result, suppressions: [{}] }, { ...result, level: 'warning' }],
    }
    const parsed = parseSarif(JSON.stringify({ version: '2.1.0', runs: [run] }))
    expect(parsed.ok && parsed.value).toMatchObject({ errors: 1, warnings: 1, files: 2, successful: true })
    expect(parseSarif('{"version":"2.1.0","runs":[]}')).toMatchObject({ ok: false })
    expect(parseSarif('{')).toMatchObject({ ok: false })
  })
  it('counts a suite that could not be loaded as failed', () => {
    const parsed = parseTestJson(
      '{"numTotalTests":1,"numPassedTests":1,"numFailedTests":0,"numRuntimeErrorTestSuites":1,"testResults":[]}',
    )
    expect(parsed.ok && parsed.value).toMatchObject({ tests: 2, passed: 1, failed: 1 })
    expect(parseTestJson('{}')).toMatchObject({ ok: false })
  })
})
