import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from './load.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greengate-config-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function write(name: string, text: string | Uint8Array): Promise<void> {
  await writeFile(join(folder, name), text)
}

function isAlive(pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z')
  } catch {
    return false
  }
}

async function refusal(file?: string): Promise<GreengateError> {
  const error: unknown = await loadConfig({ cwd: folder, ...(file === undefined ? {} : { file }) }).catch(
    (e: unknown) => e,
  )
  if (!(error instanceof GreengateError)) throw new Error(`expected a GreengateError, got ${JSON.stringify(error)}`)
  return error
}

describe('what there is to load', () => {
  it('is null without a configuration, and an error where one was named', async () => {
    expect(await loadConfig({ cwd: folder })).toBeNull()
    expect(await refusal('other.yaml')).toMatchObject({ code: 'CONFIG_NOT_FOUND', exitCode: 2 })
  })

  it('refuses to choose between two', async () => {
    await write('greengate.yaml', 'service: a\n')
    await write('greengate.config.mjs', 'export default { service: "b" }\n')
    const error = await refusal()
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.message).toContain('greengate.config.mjs and greengate.yaml')
    expect((await loadConfig({ cwd: folder, file: 'greengate.yaml' }))?.config.service).toBe('a')
  })

  it('has the same canonical form from YAML, JSON and TypeScript', async () => {
    await write('a.yaml', 'probes: { ready: /ready, live: /health }\nservice: shop # a comment\n')
    await write('a.json', '{"service":"shop","probes":{"live":"/health","ready":"/ready"}}')
    await write(
      'a.ts',
      `const service: string = 'shop'\nexport default { probes: { live: '/health', ready: '/ready' }, service }\n`,
    )
    const forms = []
    for (const file of ['a.yaml', 'a.json', 'a.ts']) forms.push((await loadConfig({ cwd: folder, file }))?.canonical)
    expect(new Set(forms).size).toBe(1)
    expect(forms[0]).toMatch(/^\{"dependencies":\{\},"environment":"sandbox"/)
  })
})

describe('YAML and JSON', () => {
  it('names key, expectation, line and column', async () => {
    await write('greengate.yaml', 'service: shop\nstart:\n  command: node server.js\n  readyTimeoutMs: soon\n')
    const error = await refusal()
    expect(error.code).toBe('CONFIG_INVALID')
    expect(error.where).toBe('greengate.yaml:3:3')
    expect(error.message).toContain('start.command: expected array, received string (greengate.yaml:3:3)')
    expect(error.message).toContain('start.readyTimeoutMs: expected number, received string (greengate.yaml:4:3)')
  })

  it('names an unknown key with the one that was meant', async () => {
    await write('greengate.yaml', 'service: shop\nprobes:\n  lives: /health\nvariables:\n  PORT: { requird: true }\n')
    const { message } = await refusal()
    expect(message).toContain('probes.lives: there is no such key; did you mean live? (greengate.yaml:3:3)')
    expect(message).toContain(
      'variables.PORT.requird: there is no such key; did you mean required? (greengate.yaml:5:11)',
    )
  })

  it('names what is missing', async () => {
    await write('greengate.yaml', 'environment: staging\n')
    expect((await refusal()).message).toContain('service: is missing')
    await write('greengate.yaml', '')
    expect((await refusal()).code).toBe('CONFIG_INVALID')
  })

  it.each([
    ['greengate.yaml', 'service: shop\nprobes: { live: /health\n', /^greengate\.yaml:\d+:\d+$/],
    ['greengate.yaml', 'service: a\nservice: b\n', /^greengate\.yaml:2:1$/],
    ['greengate.json', '{\n  "service": "shop",\n}\n', /^greengate\.json:3:\d+$/],
  ])('says where the syntax of %s is broken', async (name, text, where) => {
    await write(name, text)
    const error = await refusal()
    expect(error.code).toBe('CONFIG_UNREADABLE')
    expect(error.where).toMatch(where)
  })

  it('refuses what is no text file, and aliases that multiply', async () => {
    await mkdir(join(folder, 'greengate.yaml'))
    expect(await refusal()).toMatchObject({ code: 'CONFIG_UNREADABLE' })
    await write('binary.yaml', new Uint8Array([0x73, 0xff, 0xfe, 0x00]))
    expect(await refusal('binary.yaml')).toMatchObject({ code: 'CONFIG_UNREADABLE' })
    const lines = Array.from({ length: 9 }, (_, n) => `  - &a${n + 1} [${Array(9).fill(`*a${n}`).join(', ')}]`)
    await write('bomb.yaml', `service: shop\nx:\n  - &a0 [lol]\n${lines.join('\n')}\n`)
    expect(await refusal('bomb.yaml')).toMatchObject({ code: 'CONFIG_UNREADABLE' })
  })

  it('refuses names that are declared nowhere', async () => {
    await write(
      'greengate.yaml',
      'service: shop\ndependencies: { db: { kind: postgres } }\nrequests:\n  list: { path: /, touches: [bd], as: admin }\n',
    )
    const { message } = await refusal()
    expect(message).toContain('requests.list.touches[0]: no dependency bd is declared; did you mean db?')
    expect(message).toContain('requests.list.as: no identity admin is declared; none is')
  })
})

describe('TypeScript and JavaScript', () => {
  it.each(['greengate', '@greengate/contracts'])(
    'finds defineConfig in %s though it is not installed there',
    async (name) => {
      await write(
        'greengate.config.ts',
        `import { defineConfig } from '${name}'\nexport default defineConfig({ service: 'shop' as string })\n`,
      )
      expect((await loadConfig({ cwd: folder }))?.config.service).toBe('shop')
    },
  )

  it('uses the installed package where there is one', async () => {
    await mkdir(join(folder, 'node_modules/greengate'), { recursive: true })
    await write('node_modules/greengate/package.json', '{"name":"greengate","type":"module","exports":"./index.js"}')
    await write(
      'node_modules/greengate/index.js',
      'export const defineConfig = (c) => ({ ...c, environment: "installed" })',
    )
    await write(
      'greengate.config.mts',
      `import { defineConfig } from 'greengate'\nexport default defineConfig({ service: 'shop' })\n`,
    )
    expect((await loadConfig({ cwd: folder }))?.config.environment).toBe('installed')
  })

  it('leaves nothing running that the configuration started, in a session of its own either', async () => {
    await write(
      'greengate.config.mjs',
      `import { spawn } from 'node:child_process'
const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
child.unref()\nexport default { service: 'p' + child.pid }\n`,
    )
    const service = (await loadConfig({ cwd: folder }))?.config.service ?? ''
    expect(service).toMatch(/^p\d+$/)
    await expect.poll(() => isAlive(service.slice(1)), { timeout: 20_000 }).toBe(false)
  })

  it('ends with a Greengate that was killed, also while it loops', async () => {
    await write(
      'greengate.config.mjs',
      `import { writeFileSync } from 'node:fs'
writeFileSync('pid', String(process.pid))
for (;;);\n`,
    )
    const load = `import { loadConfig } from ${JSON.stringify(join(import.meta.dirname, 'load.ts'))}; await loadConfig({ cwd: ${JSON.stringify(folder)} })`
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', load], { stdio: 'ignore' })
    const pid = () => readFile(join(folder, 'pid'), 'utf8').catch(() => '')
    await expect.poll(pid, { timeout: 20_000 }).toMatch(/^\d+$/)
    owner.kill('SIGKILL')
    const looping = await pid()
    await expect.poll(() => isAlive(looping), { timeout: 20_000 }).toBe(false)
  })

  it('is evaluated without our environment and apart from what it prints', async () => {
    process.env['GREENGATE_TEST_SECRET'] = 'do-not-show'
    try {
      await write(
        'greengate.config.mjs',
        `console.log('{"value":{"service":"printed"}}')\nexport default { service: 'shop', environment: Object.keys(process.env).filter((n) => /SECRET|HOME|NPM/i.test(n)).join() || 'none' }\n`,
      )
      expect((await loadConfig({ cwd: folder }))?.config).toMatchObject({ service: 'shop', environment: 'none' })
    } finally {
      delete process.env['GREENGATE_TEST_SECRET']
    }
  })

  it.each([
    ['a syntax error', 'export default {\n  service: ,\n}\n', 'CONFIG_UNREADABLE', /^greengate\.config\.ts:2/],
    ['an exception', `\nthrow new TypeError('no way')\n`, 'CONFIG_UNREADABLE', /^greengate\.config\.ts:2/],
    [
      'a missing import',
      `import x from 'not-there'\nexport default x\n`,
      'CONFIG_UNREADABLE',
      /^greengate\.config\.ts/,
    ],
    ['an early end', `process.exit(0)\n`, 'CONFIG_UNREADABLE', /^greengate\.config\.ts$/],
    ['no default export', `export const config = {}\n`, 'CONFIG_INVALID', /^greengate\.config\.ts$/],
    [
      'a function in it',
      `export default { service: 'a', start: { command: () => 1 } }\n`,
      'CONFIG_INVALID',
      /start\.command/,
    ],
    ['an unknown key', `export default { service: 'a', prob: {} }\n`, 'CONFIG_INVALID', /prob/],
  ])('says what is wrong with %s', async (_what, text, code, where) => {
    await write('greengate.config.ts', text)
    const error = await refusal()
    expect(error.code).toBe(code)
    expect(error.where).toMatch(where)
    expect(error.message).not.toContain('    at ')
  })
})
