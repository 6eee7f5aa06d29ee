/**
 * Goal: the checks are as right about services that nobody here wrote as about the sentinel: no false alarm on sound ones
 * with other conventions, and every protection that is taken out is found by the aspect that is about it.
 * Method: three services of their own kinds are started by the real testbed, and the real checks observe them.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { notes } from './notes.ts'
import { explain, type Fixture, openService, type OpenService } from './open-service.ts'
import { shop, slowShop } from './shop.ts'
import { site } from './site.ts'

const TIMEOUT_MS = 240_000
/** The policy of all three: their errors are problem details. */
const PARAMS = { 'ERR-02': { envelope: 'rfc9457' } } as const
type Known = keyof typeof PARAMS
const paramsOf = (control: string) => (control in PARAMS ? PARAMS[control as Known] : {})

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
  ['a Python service without framework, database and sign-in', notes, [...EVERYWHERE, 'CFG-01', 'ERR-01', 'API-01', 'API-03']],
  ['a Node service behind its own prefix and a key', shop, [...EVERYWHERE, 'SCR-08', 'ERR-01', 'API-01', 'API-03', 'RES-23']],
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
  ] as const)('%s is inconclusive and names the line that would decide', { timeout: TIMEOUT_MS }, async (control, fixture, line) => {
    const service = await openService(fixture)
    try {
      const result = await service.run(control, paramsOf(control))
      expect(result.outcome).toBe('inconclusive')
      expect([result.reason, ...result.judgement.findings.map((finding) => finding.fix)].join(' ')).toMatch(line)
    } finally {
      await service.close()
    }
  })
})

type Broken = readonly [defect: string, control: string, aspect: string, code: string]
const NOTES: readonly Broken[] = [
  ['boot-failure-exit-0', 'CFG-03', 'stops-the-start', 'exit-zero'],
  ['silent-default', 'CFG-03', 'stops-the-start', 'started-anyway'],
  ['weak-secrets', 'CFG-04', 'refused', 'started-anyway'],
  ['value-unchecked', 'CFG-07', 'refused-at-start', 'started-anyway'],
  ['range-unchecked', 'CFG-07', 'refused-at-start', 'started-anyway'],
  ['lock-ignored', 'CFG-01', 'refuses', 'started-anyway'],
  ['leak-stack', 'ERR-04', 'client-errors', 'stack-trace'],
  ['leak-stack', 'CFG-10', 'stack-traces', 'stack-trace-in-body'],
  ['catch-all', 'OBS-21', 'unknown-path', 'unknown-path-answered'],
  ['html-404', 'ERR-02', 'unknown-path', 'unknown-path-not-json'],
  ['not-problem-json', 'ERR-02', 'envelope-404', 'not-problem-json'],
  ['no-request-id', 'OBS-02', 'echo', 'not-echoed'],
  ['id-unchecked', 'OBS-02', 'sanitised', 'malformed-accepted'],
  ['no-request-log', 'OBS-01', 'fields', 'no-request-record'],
  ['text-logs', 'OBS-01', 'json', 'not-json'],
  ['logs-on-stderr', 'OBS-01', 'stdout', 'not-on-stdout'],
  ['metrics-stuck', 'OBS-03', 'rate', 'metric-does-not-move'],
  ['no-rate-limit', 'SEC-04', 'limited', 'no-limit'],
  ['no-retry-after', 'ERR-03', '429', 'retry-after-missing'],
  ['forwarded-trusted', 'SEC-05', 'api', 'limit-dodged'],
  ['no-body-limit', 'SEC-18', 'content-length', 'large-body-accepted'],
  ['open-admin', 'SEC-34', 'open-admin', 'open-admin'],
  ['cors-reflects', 'SEC-01', 'success', 'origin-reflected'],
  ['no-security-headers', 'SEC-02', 'headers', 'header-missing'],
  ['no-sigterm-handler', 'RES-10', 'exit-code', 'ended-by-signal'],
  ['no-drain', 'RES-10', 'body-phase-early', 'request-dropped'],
  ['keep-alive-hangs', 'RES-10', 'idle-exit', 'still-running'],
]
const SHOP: readonly Broken[] = [
  ['starts-anyway', 'CFG-03', 'stops-the-start', 'started-anyway'],
  ['error-twice', 'ERR-05', 'once', 'logged-more-than-once'],
  ['credential-unchecked', 'SCR-08', 'refused', 'started-anyway'],
  ['no-cpu-metric', 'OBS-03', 'cpu', 'metric-missing'],
  ['id-not-sent-upstream', 'OBS-02', 'upstream', 'not-sent-upstream'],
  ['no-rate-limit', 'SEC-04', 'limited', 'no-limit'],
  ['leak-upstream', 'ERR-04', 'server-errors', 'stack-trace'],
  ['no-retry-after-503', 'ERR-03', '5xx', 'retry-after-missing'],
  ['openapi-no-prefix', 'API-01', 'answers', 'described-route-missing'],
  ['answer-not-conforming', 'API-03', 'body', 'body-differs'],
  ['live-tracks-upstream', 'OBS-13', 'live-independent', 'live-tracks-dependency'],
  ['ready-constant', 'OBS-13', 'ready-frozen', 'ready-despite-fault'],
  ['redirect-unknown', 'OBS-21', 'unknown-path', 'unknown-path-answered'],
  ['actor-not-logged', 'OBS-01', 'actor', 'actor-missing'],
  ['sigterm-exit-1', 'RES-10', 'exit-code', 'exit-code'],
]
const SITE: readonly Broken[] = [
  ['no-lockout', 'SEC-06', 'lockout', 'no-lockout'],
  ['enumerates', 'SEC-06', 'enumeration-answer', 'answers-differ'],
  ['default-admin', 'SEC-34', 'default-accounts', 'default-account'],
  ['open-registration', 'SEC-34', 'open-registration', 'open-registration'],
  ['catch-all', 'OBS-21', 'unknown-path', 'unknown-path-answered'],
  ['cors-star', 'SEC-01', 'success', 'any-origin'],
  ['powered-by', 'ERR-04', 'headers', 'version'],
  ['unsafe-csp', 'SEC-02', 'csp', 'csp-unsafe'],
  ['source-maps', 'CFG-10', 'source-maps', 'source-map-public'],
  ['debug-page', 'CFG-10', 'debug-endpoints', 'debug-endpoint'],
  ['html-errors', 'ERR-02', 'envelope-404', 'not-a-json-error'],
]

describe.concurrent.each([
  ['the Python service', notes, NOTES],
  ['the Node service', shop, SHOP],
  ['the site', site, SITE],
] as const)('broken: %s', (_name, fixture, cases) => {
  it.each(cases)('%s is found by %s', { timeout: TIMEOUT_MS }, async (defect, control, aspect, code) => {
    const service = await openService(fixture, [defect])
    try {
      const { outcome, judgement } = await service.run(control, paramsOf(control))
      const found = judgement.findings.filter((finding) => finding.aspect === aspect).map((finding) => finding.code)
      expect([outcome, judgement.aspects[aspect]?.outcome]).toEqual(['fail', 'fail'])
      expect(found).toContain(code)
    } finally {
      await service.close()
    }
  })
})
