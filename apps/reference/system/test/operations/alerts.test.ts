// Goal: every alert can be acted on, fires when it should and only then.
// Method: the rules are read; promtool (Debian: prometheus) checks them and runs their unit tests, which count all alerts that fire.
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { operations, programOf, read } from './operations-files.ts'
import { metricNamesIn } from './promql-names.ts'

interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
  readonly for?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}
const { groups } = parse(read('prometheus', 'alerts.yaml')) as { groups: { name: string; rules: Rule[] }[] }
const alerts = groups.flatMap((group) => group.rules).filter((rule) => rule.alert !== undefined)
const names = alerts.map((rule) => rule.alert ?? '')
const folder = join(operations, 'prometheus')
const promtool = programOf('promtool', 'prometheus')
const run = promisify(execFile)

describe('the rules', () => {
  it.each(alerts)('$alert says how bad it is, what happened, and what to do', ({ alert = '', labels, annotations }) => {
    expect(['critical', 'warning']).toContain(labels?.['severity'])
    expect(annotations?.['summary']?.length).toBeGreaterThan(15)
    expect(annotations?.['description']?.length).toBeGreaterThan(10)
    const file = alert.replaceAll(/(?!^)([A-Z])/g, '-$1').toLowerCase()
    expect(annotations?.['runbook_url']).toBe(`runbooks/${file}.md`)
    const runbook = read('runbooks', `${file}.md`)
    expect(runbook.startsWith(`# ${alert}\n`)).toBe(true)
    const sections = [...runbook.matchAll(/^## (.+)$/gm)].map((found) => found[1])
    expect(sections).toEqual(['What people see', 'First look', 'Mitigate', 'Fix', 'Verify'])
  })

  it('have one alert for each runbook, and no name twice', () => {
    const runbooks = readdirSync(join(operations, 'runbooks'))
    expect(runbooks.length).toBe(alerts.length)
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  })

  it('cover what can go wrong here', () => {
    expect(names).toEqual(
      expect.arrayContaining([
        'ErrorBudgetFastBurn',
        'LatencyBudgetFastBurn',
        'ServiceDown',
        'ProcessNotReady',
        'ProcessRestarting',
        'EventLoopDelayed',
        'DatabasePoolExhausted',
        'DatabaseCallersWaiting',
        'RequestsShed',
        'RateLimitedSurge',
        'OutboxDelayed',
        'DeadLetters',
        'JobsFailing',
        'BreakerOpen',
        'OutsideProviderSilent',
        'MediaReapFailing',
        'BackupMissing',
        'BackupOld',
        'CertificateExpiring',
      ]),
    )
  })

  it('have balanced brackets, and read something', () => {
    for (const { expr } of groups.flatMap((group) => group.rules)) {
      expect(expr.split('(').length).toBe(expr.split(')').length)
      expect(metricNamesIn(expr).length).toBeGreaterThan(0)
    }
  })
})

describe('the unit tests of the rules', () => {
  const tests = parse(read('prometheus', 'alerts.test.yaml')) as {
    tests: { name: string; promql_expr_test: { exp_samples: { labels: string }[] }[] }[]
  }

  it('make every alert fire once at least', () => {
    const fired = new Set(
      tests.tests.flatMap((one) =>
        one.promql_expr_test.flatMap(({ exp_samples }) =>
          exp_samples.map(({ labels }) => /alertname="(\w+)"/.exec(labels)?.[1]),
        ),
      ),
    )
    expect(names.filter((name) => !fired.has(name))).toEqual([])
    expect(
      tests.tests.filter((one) => one.promql_expr_test.every((step) => step.exp_samples.length === 0)).length,
    ).toBeGreaterThan(3)
  })

  it('pass', async () => {
    expect(tests.tests.length).toBeGreaterThan(15)
    // Days of samples, some ten seconds of work; on a busy machine it takes longer.
    const said = async (...args: string[]): Promise<string> =>
      (await run(promtool, args, { cwd: folder, timeout: 280_000 })).stdout
    expect(await said('check', 'rules', 'alerts.yaml')).toContain('SUCCESS')
    expect(await said('test', 'rules', 'alerts.test.yaml')).toContain('SUCCESS')
    // The promtool of Debian knows no Kubernetes: everything else of the configuration is checked.
    const place = mkdtempSync(join(tmpdir(), 'prometheus-'))
    try {
      const config = parse(read('prometheus', 'prometheus.yaml')) as { scrape_configs: Record<string, unknown>[] }
      const scrapes = config.scrape_configs.map(({ kubernetes_sd_configs: _cluster, ...rest }) => rest)
      const file = join(place, 'prometheus.yaml')
      writeFileSync(file, stringify({ ...config, rule_files: [], scrape_configs: scrapes }))
      expect(await said('check', 'config', '--syntax-only', file)).toContain('SUCCESS')
    } finally {
      rmSync(place, { recursive: true })
    }
  }, 300_000)
})

describe('names in an expression', () => {
  it.each<[string, readonly string[]]>([
    ['sum by (job) (rate(a_total{x="b_total"}[5m])) / job:c:rate5m > 0.05', ['a_total', 'job:c:rate5m']],
    ['histogram_quantile(0.95, sum by (le) (rate(d_bucket[5m])))', ['d_bucket']],
    ['e / ignoring (state) f{state="max"} >= 0.9 and time() - g > 3e5', ['e', 'f', 'g']],
    ['label_replace(h, "i", "$1", "j", "(.).")', ['h']],
    ['absent(up{job="k"}) or l * 0', ['up', 'l']],
  ])('%s', (expression, wanted) => expect(metricNamesIn(expression)).toEqual(wanted))
})
