/**
 * Goal: instances start from what was prepared once, have data of their own, and are asked as the configuration says.
 * Method: the fixture server and the sentinel on real sandboxes.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serviceConfigSchema, type Instance, type ServiceConfig } from '@greengate/contracts'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { sentinelConfig, sentinelDir } from '../sentinel/config.ts'
import { createRandom, createSystemClock } from './clock.ts'
import { storageError } from './state-file.ts'
import { createTestbed, type TestbedHandle } from './testbed.ts'
import { fixtureTestbed, markedProcesses, tempStateDir } from './testing.ts'

const state = tempStateDir()
const opened: TestbedHandle[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((testbed) => testbed.close()))
})
afterAll(() => state.remove())

async function sentinel(
  change: Partial<ServiceConfig> = {},
  signal = new AbortController().signal,
): Promise<TestbedHandle> {
  const testbed = await createTestbed({
    config: { ...serviceConfigSchema.parse(sentinelConfig), ...change },
    configDir: sentinelDir,
    runId: `testbed-${process.pid}-${opened.length}`,
    clock: createSystemClock(),
    random: createRandom(),
    stateDir: state.path,
    signal,
  })
  opened.push(testbed)
  return testbed
}

const items = async (instance: Instance): Promise<string[]> => {
  const answer = await instance.http({ path: '/api/items' })
  return (JSON.parse(answer.body) as { items: { name: string }[] }).items.map((item) => item.name)
}

describe('data of an instance', () => {
  test('seeds are sent once; each instance has its own copy', async () => {
    const base = serviceConfigSchema.parse(sentinelConfig)
    const add = base.requests['add']
    if (!add) throw new Error('the sentinel declares no request to add')
    const testbed = await sentinel({ seed: [{ ...add, body: { name: 'seeded' } }] })
    const [first, second] = await Promise.all([testbed.boot(), testbed.boot()])
    expect(await items(first)).toEqual(['seeded'])
    const added = await first.http(first.prepare(add))
    expect(added.status).toBe(201)
    expect(await items(first)).toHaveLength(2)
    expect(await items(second)).toEqual(['seeded'])
    expect(await second.dependencies.get('db')?.query('select count(*)::int as n from items')).toEqual([{ n: 1 }])
  })

  test('a seed that is refused is an error of the configuration, and nothing is left', async () => {
    const base = serviceConfigSchema.parse(sentinelConfig)
    const testbed = await sentinel({
      seed: [{ ...(base.requests['add'] as NonNullable<(typeof base.requests)[string]>), as: '' }],
    })
    await expect(testbed.boot()).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      where: 'seed[0]',
      message: expect.stringContaining('401'),
    })
  })

  test('SQL files are run before the start; what is wrong in them is named', async () => {
    const folder = join(state.path, 'sql')
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'good.sql'), 'create table things (id int); insert into things values (7);')
    writeFileSync(join(folder, 'bad.sql'), 'create tabel things (id int);')
    const dependency = (file: string): Partial<ServiceConfig> => ({
      dependencies: { db: { kind: 'postgres', required: true, sql: [join(folder, file)], answers: [] } },
    })
    const env = { PORT: '{port}', DATABASE_URL: '{db.url}' }
    const good = await fixtureTestbed(state.path, '', { env }, dependency('good.sql'))
    const bad = await fixtureTestbed(state.path, '', { env }, dependency('bad.sql'))
    const none = await fixtureTestbed(state.path, '', { env }, dependency('none.sql'))
    opened.push(good.testbed, bad.testbed, none.testbed)
    const instance = await good.testbed.boot()
    expect(await instance.dependencies.get('db')?.query('select id from things')).toEqual([{ id: 7 }])
    await expect(bad.testbed.boot()).rejects.toMatchObject({ code: 'CONFIG_INVALID', where: join(folder, 'bad.sql') })
    await expect(none.testbed.boot()).rejects.toMatchObject({ code: 'CONFIG_INVALID', where: join(folder, 'none.sql') })
  })

  test('what start.before writes into {workdir} every instance finds there', async () => {
    const write = 'require("fs").writeFileSync(process.argv[1] + "/made", "once")'
    const read = 'console.log(require("fs").readFileSync(process.argv[1] + "/made", "utf8")); process.exit(9)'
    const { testbed } = await fixtureTestbed(state.path, '', {
      before: [[process.execPath, '-e', write, '{workdir}']],
      command: [process.execPath, '-e', read, '{workdir}'],
    })
    opened.push(testbed)
    const attempt = await testbed.tryBoot({ purpose: 'reads' })
    expect(attempt).toMatchObject({ outcome: 'exited', exit: { code: 9 } })
    expect(attempt.logs.map((line) => line.text)).toEqual(['once'])
  })
})

describe('environment and secrets', () => {
  test('the whole environment is declared: nothing of ours leaks into a service', async () => {
    process.env['GREENGATE_TEST_LEAK'] = 'leak'
    const { testbed } = await fixtureTestbed(state.path, '', {
      command: [
        process.execPath,
        '-e',
        'console.log(Object.keys(process.env).sort().join()); console.log(process.env.TOKEN); process.exit(1)',
      ],
      env: { TOKEN: '{secret:TOKEN}', KEPT: '{"json": true}' },
    })
    opened.push(testbed)
    const attempt = await testbed.tryBoot({ purpose: 'shows its environment', env: { EXTRA: '{port}', KEPT: null } })
    delete process.env['GREENGATE_TEST_LEAK']
    const [keys, token] = attempt.logs.map((line) => line.text)
    expect(keys).toBe('EXTRA,GREENGATE_INSTANCE,HOME,LANG,PATH,TOKEN,TZ')
    expect(token).toMatch(/^[A-Za-z0-9]{44}$/)
    expect(testbed.secrets()).toContain(token)
  })

  test('declaredEnv fills everything in without a start; the environment shown holds no secret', async () => {
    const testbed = await sentinel()
    const env = testbed.declaredEnv()
    expect(env['DATABASE_URL']).toMatch(/^postgres:\/\/user:[A-Za-z0-9]{44}@127\.0\.0\.1:8080\/database$/)
    expect(env['MAIL_API_KEY']).toMatch(/^mk_test_[A-Za-z0-9]{44}$/)
    const instance = await testbed.boot()
    expect(instance.env['API_TOKEN']).toBe('[secret:API_TOKEN]')
    for (const secret of testbed.secrets()) expect(JSON.stringify(instance.env)).not.toContain(secret)
  })

  test('a request of an identity that nobody declared', async () => {
    const { testbed } = await fixtureTestbed(state.path, '')
    opened.push(testbed)
    const instance = await testbed.boot()
    const spec = {
      method: 'GET',
      path: '/x?n={n}',
      headers: {},
      as: '',
      effect: 'read',
      touches: [],
      expect: 200,
    } as const
    expect(instance.prepare({ ...spec, touches: [] }, 5).path).toBe('/x?n=5')
    expect(instance.prepare({ ...spec, touches: [] }).path).not.toBe(instance.prepare({ ...spec, touches: [] }).path)
    expect(() => instance.prepare({ ...spec, touches: [], as: 'ghost' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    )
  })

  test('a file outside of {workdir} is refused', async () => {
    const { testbed } = await fixtureTestbed(state.path, '', { files: { '../outside': 'x' } })
    opened.push(testbed)
    await expect(testbed.boot()).rejects.toMatchObject({ code: 'CONFIG_INVALID', where: 'start.files' })
  })
})

describe('the shared instance', () => {
  test('is one for all, asks from changing addresses, and is started again if it died', async () => {
    const { testbed } = await fixtureTestbed(state.path, '')
    opened.push(testbed)
    const [first, second] = await Promise.all([testbed.shared(), testbed.shared()])
    expect(first).toBe(second)
    const peers = new Set<string | undefined>()
    for (let index = 0; index < 70; index += 1) peers.add((await first.http({ path: '/' })).headers['x-peer']?.[0])
    expect([...peers]).toEqual(['127.0.0.1', '127.9.0.2', '127.9.0.3'])
    first.signal('SIGKILL')
    await first.waitForExit(5_000)
    const next = await testbed.shared()
    expect(next).not.toBe(first)
    expect((await next.http({ path: '/' })).status).toBe(200)
  })

  test('a start that failed is not tried again for every check', async () => {
    const { testbed } = await fixtureTestbed(state.path, 'never-ready', { readyTimeoutMs: 500 })
    opened.push(testbed)
    await expect(testbed.shared()).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' })
    const startedMs = performance.now()
    await expect(testbed.shared()).rejects.toMatchObject({ code: 'SERVICE_NOT_READY' })
    expect(performance.now() - startedMs).toBeLessThan(100)
  })
})

test('an abort stops everything, also in the middle of a start', async () => {
  const abort = new AbortController()
  const testbed = await sentinel({}, abort.signal)
  const running = await testbed.boot()
  const starting = testbed.tryBoot({ purpose: 'in the middle', env: { DATABASE_URL: 'postgres://127.0.0.1:9/x' } })
  abort.abort()
  await starting.catch(() => undefined)
  await testbed.close()
  expect(running.running()).toBe(false)
  expect(markedProcesses(`testbed-${process.pid}-0`)).toEqual([])
  expect(readdirSync(join(state.path, 'runs')).filter((name) => name.startsWith(`testbed-${process.pid}-0`))).toEqual(
    [],
  )
})

test('without start.command there is one clear error', async () => {
  const { start: _start, ...rest } = serviceConfigSchema.parse(sentinelConfig)
  const options = {
    configDir: sentinelDir,
    runId: 'none',
    clock: createSystemClock(),
    random: createRandom(),
    stateDir: state.path,
    signal: new AbortController().signal,
  }
  await expect(createTestbed({ ...options, config: rest })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    where: 'start',
  })
})

test('no disk space: one message with the place and what to do', () => {
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' })
  expect(storageError('/some/folder', full)).toMatchObject({
    code: 'SANDBOX_FAILED',
    where: '/some/folder',
    message: 'There is no disk space left to write /some/folder.',
    fix: expect.stringContaining('TMPDIR'),
  })
  const denied = Object.assign(new Error('write'), { code: 'EACCES' })
  expect(storageError('/some/folder', denied).message).toBe('Cannot write /some/folder: EACCES.')
})
