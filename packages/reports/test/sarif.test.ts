/**
 * Goal: what is written is SARIF 2.1.0 as code scanning reads it. Method: the rules of the standard's schema that
 * concern what is written here, each one as a zod schema that knows no other key, on a report with every status.
 */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { renderReport } from '../src/index.ts'
import { treeLocation } from '../src/tree-location.ts'
import { sampleControl, sampleReport } from './sample-report.ts'

const message = z.strictObject({ text: z.string().min(1) })
const level = z.enum(['none', 'note', 'warning', 'error'])
const bag = z.record(z.string(), z.unknown())
const location = z.strictObject({
  physicalLocation: z
    .strictObject({
      artifactLocation: z.strictObject({ uri: z.string().regex(/^[^\s\\<>"{}|^`]+$/), uriBaseId: z.string() }),
      region: z.strictObject({ startLine: z.int().min(1), startColumn: z.int().min(1).optional() }).optional(),
    })
    .optional(),
  logicalLocations: z
    .array(z.strictObject({ name: z.string(), fullyQualifiedName: z.string() }))
    .min(1)
    .optional(),
})
const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal('2.1.0'),
  runs: z.array(
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string().min(1),
          fullName: z.string(),
          rules: z.array(
            z.strictObject({
              id: z.string().min(1),
              name: z.string(),
              shortDescription: message,
              fullDescription: message,
              help: message,
              defaultConfiguration: z.strictObject({ level }),
              properties: z.strictObject({ tags: z.array(z.string()) }),
            }),
          ),
        }),
      }),
      automationDetails: z.strictObject({ id: z.string() }),
      invocations: z.array(
        z.strictObject({
          executionSuccessful: z.boolean(),
          startTimeUtc: z.iso.datetime(),
          toolConfigurationNotifications: z.array(z.strictObject({ level, message })),
        }),
      ),
      columnKind: z.enum(['utf16CodeUnits', 'unicodeCodePoints']),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.int().min(0),
          kind: z.enum(['notApplicable', 'pass', 'fail', 'review', 'open', 'informational']),
          level,
          message,
          locations: z.array(location).min(1),
          partialFingerprints: z.record(z.string(), z.string()),
          properties: bag,
        }),
      ),
      properties: bag,
    }),
  ),
})

const render = (report = sampleReport()): z.infer<typeof sarif>['runs'][number] => {
  const run = sarif.parse(JSON.parse(renderReport(report, 'sarif', { color: false, columns: 100 }))).runs[0]
  if (!run) throw new Error('no run')
  return run
}

describe('sarif', () => {
  it('has a rule for every control, and results for every row that is not green and only those', () => {
    const report = sampleReport()
    const run = render(report)
    expect(run.tool.driver.rules.map(({ id }) => id)).toEqual(report.controls.map(({ id }) => id))
    const red = report.controls.filter(({ status }) => status !== 'pass' && status !== 'not_applicable')
    expect(new Set(run.results.map(({ ruleId }) => ruleId))).toEqual(new Set(red.map(({ id }) => id)))
    for (const result of run.results) expect(run.tool.driver.rules[result.ruleIndex]?.id).toBe(result.ruleId)
  })

  it('tells broken from not known', () => {
    const levels = new Map(render().results.map(({ properties, level: of }) => [properties['status'], of]))
    expect(Object.fromEntries(levels)).toEqual({
      fail: 'error',
      flaky: 'error',
      error: 'error',
      inconclusive: 'warning',
      expired: 'warning',
      missing: 'warning',
      unproved: 'warning',
    })
  })

  it('points into the tree, and tells two targets apart', () => {
    const run = render(
      sampleReport({
        controls: [sampleControl('ERR-04', 'fail'), sampleControl('ERR-04', 'fail', { target: 'worker' })],
      }),
    )
    expect(run.tool.driver.rules).toHaveLength(1)
    expect(run.results[0]?.locations[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: 'src/orders/route.ts', uriBaseId: '%SRCROOT%' },
      region: { startLine: 41 },
    })
    expect(new Set(run.results.map((result) => result.partialFingerprints['greengate/v1'])).size).toBe(2)
  })

  it('shows a red that no control explains', () => {
    const run = render(
      sampleReport({ controls: [sampleControl('CFG-01', 'pass')], reasons: ['The policy has expired.'] }),
    )
    expect(run.results.map(({ ruleId, level: of }) => [ruleId, of])).toEqual([['GATE-VERDICT', 'error']])
    expect(run.results[0]?.message.text).toContain('The policy has expired.')
  })
})

describe('places in the tree', () => {
  it.each([
    ['src/a.ts:14', { uri: 'src/a.ts', line: 14 }],
    ['./src/a.ts:14:3', { uri: 'src/a.ts', line: 14, column: 3 }],
    ['package.json', { uri: 'package.json' }],
    ['package.json:3 (scripts)', { uri: 'package.json', line: 3 }],
    ['a#b/c.py:1', { uri: 'a%23b/c.py', line: 1 }],
    ['Dockerfile:7', { uri: 'Dockerfile', line: 7 }],
  ])('%s is one', (where, place) => {
    expect(treeLocation(where)).toEqual(place)
  })

  it.each([
    '',
    'GET /api/items',
    'localhost:3000',
    '127.0.0.1:80',
    'db.example.com:5432',
    '/etc/passwd:1',
    '../x.ts:1',
    'http://a.b/c.ts:1',
    'src/a.ts:0x',
    'a//b.ts:1',
  ])('%s is none', (where) => {
    expect(treeLocation(where)).toBeNull()
  })
})
