/**
 * Goal: every protection that is taken out of a service is found by the aspect that is about it.
 * Method: services of their own kinds are started by the real testbed, and the real checks observe them.
 */
import { describe, expect, it } from 'vitest'
import { notes } from './notes.ts'
import { openService } from './open-service.ts'
import { paramsOf } from './policy.ts'
import { shop } from './shop.ts'
import { site } from './site.ts'

const TIMEOUT_MS = 240_000
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
  ['answer-not-conforming', 'API-03', 'body', 'body-not-conforming'],
  ['live-tracks-upstream', 'OBS-13', 'live-independent', 'live-tracks-dependency'],
  ['ready-constant', 'OBS-13', 'ready-frozen', 'ready-despite-fault'],
  ['catch-all', 'OBS-21', 'unknown-path', 'unknown-path-answered'],
  ['open-admin', 'SEC-34', 'open-admin', 'open-admin'],
  ['redirect-unknown', 'OBS-21', 'unknown-path', 'unknown-path-answered'],
  ['actor-not-logged', 'OBS-01', 'actor', 'actor-missing'],
  ['sigterm-exit-1', 'RES-10', 'exit-code', 'wrong-exit-code'],
]
const SITE: readonly Broken[] = [
  ['no-lockout', 'SEC-06', 'lockout', 'no-lockout'],
  ['enumerates', 'SEC-06', 'enumeration-answer', 'answers-differ'],
  ['default-admin', 'SEC-34', 'default-accounts', 'default-account'],
  ['open-admin-page', 'SEC-34', 'open-admin', 'open-admin'],
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
