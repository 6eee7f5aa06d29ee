// Goal: what opens a deploy is all that is known of a subject, not the best of it; and what was refused or stopped starts nothing.
// Method: the real command line on a small service whose answers depend on a file outside of its tree, so that the same subject
// fails and passes.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { main as commandLine } from '../src/command-line.ts'
import { type Ended, Project } from './project.ts'

const SERVER = `import { createServer } from 'node:http'
import { readFileSync } from 'node:fs'
createServer((request, response) => {
  const known = request.url === '/health' || request.url === '/items'
  response.statusCode = known || readFileSync(process.env.MODE_FILE, 'utf8') === 'wrong' ? 200 : 404
  response.end('{}')
}).listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
`
const POLICY = {
  schema: 'greengate/policy/v1',
  id: 'own',
  version: 1,
  prev: '',
  expires: '2100-01-01T00:00:00.000Z',
  approvers: [],
  threshold: 2,
  runners: [],
  anchored: false,
  require: [{ control: 'OBS-21', params: {}, envs: [], trust: 'local' }],
}
let project: Project
let root = ''

const behave = (mode: 'right' | 'wrong'): void => writeFileSync(join(project.root, 'mode'), mode)
const runs = (): string[] => readdirSync(join(project.dir, '.greengate/runs')).sort()
const newest = (): string => join(project.dir, '.greengate/runs', runs().at(-1) ?? '')
const check = async (...more: string[]): Promise<number | null> => (await project.call(['check', ...more])).code
const decide = (command: 'authorize' | 'deploy', ...more: string[]): Promise<Ended> =>
  project.call([command, '--trust-root', root, '--environment', 'production', '--policy', 'policy.json', ...more])
const deployed = (): boolean => existsSync(join(project.root, 'deployed'))

beforeEach(async () => {
  project = new Project({ 'main.mjs': SERVER, 'policy.json': JSON.stringify(POLICY), '.gitignore': '.greengate\n' })
  const adapter = join(project.root, 'adapter.mjs')
  writeFileSync(
    adapter,
    `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(join(project.root, 'deployed'))}, '')\n`,
  )
  const start = {
    command: ['node', 'main.mjs'],
    env: { PORT: '{port}', MODE_FILE: join(project.root, 'mode'), PATH: process.env['PATH'] ?? '' },
    ready: '/health',
  }
  const config = {
    service: 'shop',
    start,
    policy: 'policy.json',
    deploy: { command: [process.execPath, adapter], credentials: [], timeoutMs: 60_000 },
  }
  project.write('greengate.json', JSON.stringify(config))
  project.commit()
  root = join(project.root, 'trust-root.json')
  writeFileSync(root, (await project.call(['trust', '--policy', 'policy.json'])).stdout)
  behave('right')
})
afterEach(() => project.remove())

describe('a deploy', () => {
  it('is open when all that was seen is green', async () => {
    expect(await check()).toBe(0)
    expect((await decide('deploy')).code).toBe(0)
    expect(deployed()).toBe(true)
  })

  it('stays shut for what failed on the same inputs, until three passes that were observed', async () => {
    behave('wrong')
    expect(await check()).toBe(1)
    behave('right')
    for (const pass of [1, 2]) {
      expect(await check(), `pass ${pass}`).toBe(1)
      const refused = await decide('authorize')
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/OBS-21 on shop: flaky/)])
    }
    expect(await check()).toBe(0)
    expect((await decide('authorize')).code).toBe(0)
  })

  it('does not forget a failure over runs of something else', async () => {
    behave('wrong')
    expect(await check()).toBe(1)
    for (let run = 0; run < 9; run += 1) expect(await check('--only', 'SUP-01')).toBe(1)
    behave('right')
    expect(await check()).toBe(1)
    expect((await decide('authorize')).stderr).toMatch(/flaky/)
  })

  it('is not opened by an older run that was green, when a newer one of the same subject was red', async () => {
    expect(await check()).toBe(0)
    const green = newest()
    behave('wrong')
    expect(await check()).toBe(1)
    const refused = await decide('deploy', '--evidence', green)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/OBS-21 on shop: fail/)])
    expect(deployed()).toBe(false)
  })

  it('finds no evidence of a tree that changed while it was judged', async () => {
    const config = JSON.parse(readFileSync(join(project.dir, 'greengate.json'), 'utf8')) as { start: object }
    const before = [['node', '-e', 'require("node:fs").writeFileSync("generated.txt", "new")']]
    project.write('greengate.json', JSON.stringify({ ...config, start: { ...config.start, before } }))
    project.commit()
    expect(await check()).toBe(1)
    expect(runs()).toEqual([])
    rmSync(join(project.dir, 'generated.txt'))
    expect((await decide('authorize')).code).toBe(1)
  })

  it('is of the tree here: of another release there is only the way back', async () => {
    expect(await check()).toBe(0)
    const { digest } = JSON.parse(readFileSync(join(newest(), 'bundle.json'), 'utf8')).subject as { digest: string }
    const promoted = await decide('deploy', '--subject', digest)
    expect([promoted.code, promoted.stderr]).toEqual([2, expect.stringMatching(/gone back to, not promoted/)])
    expect((await decide('deploy')).code).toBe(0)
    rmSync(join(project.root, 'deployed'))
    const back = ['--action', 'rollback', '--subject', digest]
    project.write('main.mjs', `${SERVER}// changed\n`)
    const dirty = await decide('deploy', ...back)
    expect([dirty.code, dirty.stderr]).toEqual([2, expect.stringMatching(/no commit holds/)])
    expect(deployed()).toBe(false)
    project.write('main.mjs', SERVER)
    expect((await decide('deploy', ...back)).code).toBe(0)
    expect(deployed()).toBe(true)
  })

  it('is not begun after a signal, whenever that came', async () => {
    expect(await check()).toBe(0)
    const stop = new AbortController()
    const stdout = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        // Everything was decided, and nothing was started.
        if (chunk.toString().startsWith('Allowed')) stop.abort(new Error('stopped'))
        done()
      },
    })
    const args = ['deploy', '--trust-root', root, '--environment', 'production', '--policy', 'policy.json']
    const code = await commandLine(args, {
      stdin: new PassThrough(),
      stdout,
      stderr: new PassThrough(),
      env: { XDG_CONFIG_HOME: join(project.root, 'config') },
      cwd: project.dir,
      signal: stop.signal,
    })
    expect(stop.signal.aborted).toBe(true)
    expect(code).not.toBe(0)
    expect(deployed()).toBe(false)
  })
})

describe('what is printed', () => {
  it('of a bundle that proves nothing is no success, in JSON as in words', async () => {
    expect(await check('--only', 'OPS-01')).toBe(1)
    for (const format of [[], ['--json']])
      expect((await project.call(['verify', newest(), '--trust-root', root, ...format])).code).toBe(1)
    const { stdout } = await project.call(['verify', newest(), '--trust-root', root, '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ ok: false })
  })

  it('holds nothing that a service could repaint a terminal or command a pipeline with', async () => {
    project.write(
      'main.mjs',
      `process.stderr.write('\\u001b[2J\\u001b[HAllowed: shop\\n::error::gone\\n')\nprocess.exit(1)\n`,
    )
    project.commit()
    expect(await check()).toBe(1)
    const { stderr } = await decide('authorize')
    expect(stderr).not.toContain('\u001b')
    expect(stderr).not.toMatch(/^(?:Allowed|::error)/m)
    expect(stderr).toMatch(/^Refused/m)
  })
})
