// Goal: what is written about the processes is true of them: the committed API descriptions, and every metric that a rule or a
// dashboard reads.
// Method: all five are started, without data, and asked. Names that no process has must be of Prometheus or of a named exporter.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createTelemetry } from '@greengate/kit/telemetry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import {
  breaksSinceRelease,
  committedDescription,
  contractFile,
  releasedFile,
  SERVICES,
  servedDescription,
} from '../../src/contract/contract-files.ts'
import { breakingChanges } from '../../src/contract/breaking-changes.ts'
import { readDescription } from '../../src/contract/description.ts'
import { type RunningServices, startServices } from '../../src/contract/running-services.ts'
import { operations, read } from './operations-files.ts'
import { metricNamesIn, scrapedNames } from './promql-names.ts'

/** Names that somebody else gives, and who. */
const OTHERS: Readonly<Record<string, string>> = {
  up: 'Prometheus, of every scrape',
  ALERTS: 'Prometheus, of every alert',
  probe_success: 'the blackbox exporter',
  probe_ssl_earliest_cert_expiry: 'the blackbox exporter',
  kube_cronjob_status_last_successful_time: 'kube-state-metrics',
}

const { groups } = parse(read('prometheus', 'alerts.yaml')) as {
  groups: { rules: { alert?: string; record?: string; expr: string }[] }[]
}
const rules = groups.flatMap((group) => group.rules)
const recorded = new Set(rules.flatMap((rule) => rule.record ?? []))
const dashboards = readdirSync(join(operations, 'dashboards')).map((file) => ({
  file,
  dashboard: JSON.parse(read('dashboards', file)) as {
    uid: string
    title: string
    panels: { id: number; title: string; type: string; targets?: { expr: string }[] }[]
    annotations: { list: { expr: string }[] }
    templating: { list: { query: string; type: string }[] }
  },
}))

let services: RunningServices
const scraped = new Set<string>()

beforeAll(async () => {
  services = await startServices()
  for (const name of SERVICES) {
    const answer = await fetch(`${services.urls[name]}/metrics`, { signal: AbortSignal.timeout(10_000) })
    if (!answer.ok) throw new Error(`${name} answered ${answer.status}`)
    for (const one of scrapedNames(await answer.text())) scraped.add(one)
  }
  // What the kit says only where there is a collector and an error tracker.
  const telemetry = await createTelemetry({
    service: 'names',
    otlpUrl: 'http://127.0.0.1:9/v1/traces',
    sentryDsn: 'https://0123456789abcdef0123456789abcdef@127.0.0.1:9/1',
  })
  for (const one of scrapedNames(await telemetry.metrics.text())) scraped.add(one)
  await telemetry.close(100)
}, 180_000)
afterAll(async () => {
  await services?.stop()
})

const unknownIn = (expression: string): readonly string[] =>
  metricNamesIn(expression).filter((name) => !scraped.has(name) && !recorded.has(name) && !(name in OTHERS))

describe('the metrics', () => {
  it('that rules read are there', () => {
    expect(scraped.size).toBeGreaterThan(60)
    const unknown = rules.flatMap((rule) => unknownIn(rule.expr).map((name) => `${rule.alert ?? rule.record}: ${name}`))
    expect(unknown).toEqual([])
  })

  it('that dashboards show are there', () => {
    const unknown = dashboards.flatMap(({ file, dashboard }) =>
      [
        ...dashboard.panels.flatMap((panel) => (panel.targets ?? []).map((target) => target.expr)),
        ...dashboard.annotations.list.map((one) => one.expr),
        ...dashboard.templating.list
          .filter((one) => one.type === 'query')
          .map((one) => /^label_values\((.+), \w+\)$/.exec(one.query)?.[1] ?? 'not_a_query'),
      ].flatMap((expression) => unknownIn(expression).map((name) => `${file}: ${name}`)),
    )
    expect(unknown).toEqual([])
  })

  it('that are unknown would be told', () => {
    expect(unknownIn('rate(nobody_has_this_total[5m])')).toEqual(['nobody_has_this_total'])
  })

  it('of each process have its name, build and requests', () => {
    for (const name of ['service_build', 'http_requests_total', 'http_request_duration_seconds_bucket'])
      expect(scraped).toContain(name)
  })
})

describe('the dashboards', () => {
  it('are three, with panels that have a title, a query and a place of their own', () => {
    expect(dashboards.map((one) => one.file)).toEqual(['edge.json', 'overview.json', 'service.json'])
    for (const { dashboard } of dashboards) {
      const ids = dashboard.panels.map((panel) => panel.id)
      expect(new Set(ids).size).toBe(ids.length)
      const empty = dashboard.panels.filter((panel) => panel.type !== 'row' && !(panel.targets ?? []).length)
      expect(empty).toEqual([])
      expect(dashboard.panels.filter((panel) => panel.title === '')).toEqual([])
    }
  })
})

describe.each(SERVICES)('the API of %s', (name) => {
  it('is described as it is served: else run node src/api-contract.ts', async () => {
    expect(committedDescription(contractFile(name))).toEqual(await servedDescription(services.urls[name]))
  })

  it('breaks nobody who relies on the last release', async () => {
    expect(breaksSinceRelease(name, await servedDescription(services.urls[name]))).toEqual([])
  })

  it('would be told to break callers if it lost a route', () => {
    const released = readDescription(committedDescription(releasedFile(name)))
    const [first = ''] = released.operations.keys()
    const operations = new Map([...released.operations].slice(1))
    expect(breakingChanges(released, { ...released, operations })).toEqual([`${first} is gone`])
  })
})
