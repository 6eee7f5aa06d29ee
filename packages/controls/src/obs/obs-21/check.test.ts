import { serviceConfigSchema, type ServiceConfigInput } from '@greengate/contracts'
import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judge, type Observation } from './judge.ts'
import { check, placesOf } from './observe.ts'

describeCheck(check)

const unknown = (...statuses: number[]): Observation => ({
  known: { path: '/livez', status: 200 },
  unknown: statuses.map((status) => ({
    path: '/<unknown>',
    accept: '*/*',
    status,
    error: status === 0 ? 'timeout' : '',
  })),
})
const outcome = (observation: Observation) => judge.judge(observation, {}).aspects['unknown-path'].outcome

// Goal: refusals of every right kind pass, and neither redirects nor silence do.
describe('OBS-21', () => {
  it.each([[[404, 404, 404]], [[401, 404, 401]], [[403, 404, 410]], [[404, 405, 429]]])('passes %j', (statuses) => {
    expect(outcome(unknown(...statuses))).toBe('pass')
  })

  it.each([[[404, 404, 200]], [[404, 302, 404]], [[204, 404, 404]], [[404, 404, 500]]])('fails %j', (statuses) => {
    expect(outcome(unknown(...statuses))).toBe('fail')
  })

  it.each([[[]], [[404, 404]], [[0, 0, 404, 404]]])('decides nothing from %j', (statuses) => {
    expect(outcome(unknown(...statuses))).toBe('inconclusive')
  })

  it('decides nothing where the known path was not answered', () => {
    expect(outcome({ ...unknown(404, 404, 404), known: { path: '/', status: 0 } })).toBe('inconclusive')
  })
})

const foldersOf = (config: Omit<ServiceConfigInput, 'service'>) =>
  placesOf(serviceConfigSchema.parse({ service: 'a', ...config })).map(({ folder }) => folder)
const start = (ready: string) => ({ command: ['node', 'server.js'], ready })

// Goal: a probe is mistyped in its last letters or below the prefix that it is mounted on; what a start waits for is a probe
// only where its name says so, because below a page there are pages whose names anybody may choose.
describe('where OBS-21 asks', () => {
  it('asks beside and below every probe', () => {
    const folders = foldersOf({ start: start('/internal/up'), probes: { live: '/internal/live', ready: '/ops/ready' } })
    for (const folder of ['/', '/internal/', '/internal/live/', '/ops/', '/ops/ready/', '/health/', '/health', '/api/'])
      expect(folders).toContain(folder)
    expect(new Set(folders).size).toBe(folders.length)
  })

  it.each(['/readyz', '/internal/health', '/api/healthcheck', '/live'])("asks below the start's %s", (ready) => {
    expect(foldersOf({ start: start(ready) })).toContain(`${ready}/`)
  })

  it.each(['/', '/search', '/hello', '/wiki/'])('does not ask below the page %s that a start waits for', (ready) => {
    expect(foldersOf({ start: start(ready) }).toSorted()).toEqual(['/', '/api/', '/health', '/health/'])
  })

  it('asks below a page that is declared as the probe', () => {
    expect(foldersOf({ start: start('/status?full=1'), probes: { ready: '/status?full=1' } })).toContain('/status/')
  })

  it('leaves the query and a placeholder out', () => {
    const folders = foldersOf({ requests: { item: { path: '/{tenant}/items' }, list: { path: '/v1/list?from=/a/' } } })
    expect(folders.filter((folder) => /[{?]/.test(folder))).toEqual([])
    expect(folders).toContain('/v1/')
  })
})
