// Goal: a system is judged whole: at its edge, each component by itself, and one that nobody configured is red.
// Method: the real command line on a system of two small services behind a third, changed in one way each.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reportSchema } from '@greengate/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import { type Ended, expectMessage, Project } from './project.ts'

const server = (unknownPath: number): string => `import { createServer } from 'node:http'
createServer((request, response) => {
  response.statusCode = request.url === '/health' ? 200 : ${unknownPath}
  response.end('{}')
}).listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
`
const start = (cwd: string): object => ({
  command: ['node', 'main.mjs'],
  cwd,
  env: { PORT: '{port}' },
  ready: '/health',
})
const system = {
  service: 'shop',
  start: start('edge'),
  components: { orders: { start: start('orders') }, stock: { start: start('stock') } },
}
const files = (config: object, stock = 404): Record<string, string> => ({
  'greengate.json': JSON.stringify(config),
  'package.json': '{"name":"shop","version":"1.0.0"}\n',
  'edge/main.mjs': server(404),
  'orders/main.mjs': server(404),
  'orders/Dockerfile': 'FROM scratch\n',
  'stock/main.mjs': server(stock),
})

let project: Project | null = null
afterEach(() => {
  project?.remove()
  project = null
})

async function check(all: Record<string, string>, only: string) {
  project = new Project(all)
  const ended = await project.run(['check', '--only', only])
  const text = readFileSync(join(project.dir, '.greengate/latest/report.json'), 'utf8')
  const report = reportSchema.parse(JSON.parse(text))
  const rows = report.controls.map((row) => `${row.id} ${row.target}: ${row.status}`)
  return { rows, report, ended }
}

describe('a system of components', () => {
  it('is judged at its edge and in each component, by what each control is about', async () => {
    const { rows, report } = await check(files(system), 'OBS-21,RES-10,SUP-01')
    expect(rows.filter((row) => row.startsWith('OBS-21')).toSorted()).toEqual([
      'OBS-21 orders: pass',
      'OBS-21 shop: pass',
      'OBS-21 stock: pass',
    ])
    // Of a process, not of the edge; and of the tree, which is one.
    expect(rows.filter((row) => row.startsWith('RES-10')).map((row) => row.split(/[ :]/)[1])).toEqual([
      'orders',
      'stock',
    ])
    expect(rows.filter((row) => row.startsWith('SUP-01')).map((row) => row.split(/[ :]/)[1])).toEqual(['shop'])
    expect(report.subject.components).toEqual(['orders', 'stock'])
  })

  it('is judged in part on request, which opens nothing', async () => {
    project = new Project(files(system))
    const ended = await project.run(['check', '--only', 'OBS-21', '--target', 'stock', '--format', 'json'])
    const report = reportSchema.parse(JSON.parse(ended.stdout))
    expect(report.controls.map((row) => `${row.target}: ${row.status}`)).toEqual(['stock: pass'])
    expect([report.verdict, ended.code]).toEqual(['partial', 1])
    expectMessage(await project.call(['check', '--target', 'stack']), {
      code: 'USAGE',
      exit: 2,
      says: /no target stack/,
    })
  })

  it('is red by the one component that is', async () => {
    const { rows, report, ended } = await check(files(system, 200), 'OBS-21')
    expect(rows.toSorted()).toEqual(['OBS-21 orders: pass', 'OBS-21 shop: pass', 'OBS-21 stock: fail'])
    expect(report.controls.find((row) => row.target === 'stock')?.findings[0]?.message).toBeTruthy()
    expect(ended.code).toBe(1)
  })

  it('is red by one that is found in the tree and judged by nobody', async () => {
    const { rows } = await check({ ...files(system), 'mailer/Dockerfile': 'FROM scratch\n' }, 'OBS-21')
    expect(rows).toContain('OBS-21 mailer (found): inconclusive')
    const hidden = await check(
      { ...files({ ...system, tree: { exclude: ['/mailer'] } }), 'mailer/Dockerfile': 'FROM scratch\n' },
      'OBS-21',
    )
    expect(hidden.rows.join()).not.toContain('mailer')
    expect(hidden.report.reasons.join(' ')).toContain('tree.exclude: /mailer')
  })

  it('opens nothing once a component was added that nobody judged', async () => {
    const policy = {
      schema: 'greengate/policy/v1',
      id: 'small',
      version: 1,
      prev: '',
      expires: '2099-01-01T00:00:00Z',
      approvers: [],
      threshold: 1,
      runners: [],
      anchored: false,
      require: [{ control: 'OBS-21', params: {}, envs: [], trust: 'local' }],
    }
    project = new Project({ ...files({ ...system, policy: 'policy.json' }), 'policy.json': JSON.stringify(policy) })
    expect((await project.run(['check'])).code).toBe(0)
    const root = join(project.root, 'trust.json')
    const printed = await project.call(['trust', '--policy', 'policy.json', '--environment', 'production'])
    writeFileSync(root, printed.stdout)
    const authorize = (): Promise<Ended> =>
      project?.call(['authorize', '--trust-root', root, '--environment', 'production', '--policy', 'policy.json']) ??
      Promise.reject(new Error('no project'))
    const allowed = await authorize()
    expect(allowed.code, allowed.stderr).toBe(0)
    expect(allowed.stdout).toContain('3 of 3 required controls')
    project.write('mailer/Dockerfile', 'FROM scratch\n')
    project.commit()
    const refused = await authorize()
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('OBS-21 on mailer (found)')
  })

  it.each([
    ['without a start', { orders: {} }, /components\.orders\.start: is missing/],
    ['under the name of the whole', { shop: { start: start('orders') } }, /components\.shop: is the name of the whole/],
    ['under no name', { '': { start: start('orders') } }, /components/],
    ['at all', {}, /components: must name at least one component/],
    [
      'that asks somebody unknown',
      { orders: { start: start('orders'), requests: { a: { path: '/', as: 'admin' } } } },
      /components\.orders\.requests\.a\.as: no identity admin/,
    ],
    ['with a key that is none', { orders: { start: start('orders'), prob: {} } }, /components\.orders\.prob: .*probes/],
  ])('is refused with a component %s', async (_what, components, says) => {
    project = new Project(files({ ...system, components }))
    expectMessage(await project.call(['check']), { code: 'CONFIG_INVALID', exit: 2, says })
  })
})
