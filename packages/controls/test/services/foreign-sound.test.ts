/**
 * Goal: no false alarm on sound services with other conventions than the sentinel's.
 * Method: services of their own kinds are started by the real testbed, and the real checks observe them.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { notes } from './notes.ts'
import { explain, type Fixture, openService, type OpenService } from './open-service.ts'
import { paramsOf } from './policy.ts'
import { shop, slowShop } from './shop.ts'
import { site } from './site.ts'

const TIMEOUT_MS = 240_000
const EVERYWHERE = [
  'CFG-03',
  'CFG-04',
  'CFG-07',
  'CFG-10',
  'ERR-02',
  'ERR-03',
  'ERR-04',
  'ERR-05',
  'OBS-01',
  'OBS-02',
  'OBS-03',
  'OBS-13',
  'OBS-21',
  'SEC-01',
  'SEC-02',
  'SEC-04',
  'SEC-05',
  'SEC-18',
  'SEC-34',
  'RES-10',
]
const SOUND: readonly (readonly [string, Fixture, readonly string[]])[] = [
  [
    'a Python service without framework, database and sign-in',
    notes,
    [...EVERYWHERE, 'CFG-01', 'ERR-01', 'API-01', 'API-03'],
  ],
  [
    'a Node service behind its own prefix and a key',
    shop,
    [...EVERYWHERE, 'SCR-08', 'ERR-01', 'API-01', 'API-03', 'RES-23'],
  ],
  ['an HTML site with a JSON API and a sign-in', site, [...EVERYWHERE.filter((id) => id !== 'ERR-02'), 'SEC-06']],
  ['a service whose start takes five seconds', slowShop, ['CFG-03', 'OBS-21', 'RES-10']],
]

describe.each(SOUND)('sound: %s', (_name, fixture, controls) => {
  let opened: Promise<OpenService> | undefined
  afterAll(async () => (await opened)?.close())

  it.each(controls)('%s passes', { timeout: TIMEOUT_MS }, async (control) => {
    opened ??= openService(fixture)
    const result = await (await opened).run(control, paramsOf(control))
    expect(explain(result).filter((line) => !/^(pass|not_applicable)/.test(line))).toEqual([])
  })
})

describe('sound, but nobody said enough', () => {
  it.each([
    ['CFG-01', site, /environmentLock/],
    ['API-03', site, /probes.openapi|description/],
    ['ERR-02', site, /identities/],
  ] as const)(
    '%s is inconclusive and names the line that would decide',
    { timeout: TIMEOUT_MS },
    async (control, fixture, line) => {
      const service = await openService(fixture)
      try {
        const result = await service.run(control, paramsOf(control))
        expect(result.outcome).toBe('inconclusive')
        expect([result.reason, ...result.judgement.findings.map((finding) => finding.fix)].join(' ')).toMatch(line)
      } finally {
        await service.close()
      }
    },
  )
})
