import { afterAll, describe, expect, it } from 'vitest'
import { check as registry } from '../src/cfg/cfg-05/observe.ts'
import { check as example } from '../src/cfg/cfg-06/observe.ts'
import { foreignTrees, lines } from './foreign-tree.ts'

const trees = foreignTrees()
afterAll(() => trees.close())

type Files = Readonly<Record<string, string>>

function declared(...names: string[]) {
  const spec = { required: true, secret: false, format: 'string' as const, supplier: 'platform', reason: 'test', thirdParty: false }
  return Object.fromEntries(names.map((name) => [name, spec]))
} // prettier-ignore

describe('CFG-05 finds what foreign code reads', () => {
  const read = async (files: Files, ...names: string[]) => await trees.judge(registry, files, { config: { variables: declared(...names) } }) // prettier-ignore
  const cases: [string, Files][] = [
    ['member and index', { 'src/a.ts': "export const a = process.env.ALPHA\nexport const b = process.env['BETA']\n" }],
    ['destructured with another name and a default', { 'src/a.ts': "const { ALPHA, BETA: b = 'x' } = process.env\nexport { ALPHA, b }\n" }],
    ['an alias', { 'src/a.js': 'const conf = process.env\nmodule.exports = { a: conf.ALPHA, b: conf.BETA }\n' }],
    ['an alias handed to a function', { 'src/a.ts': 'export function load(env: NodeJS.ProcessEnv = process.env) {\n  return [env.ALPHA, env.BETA]\n}\n' }],
    ['an alias under another name', { 'src/a.ts': 'export function load(source = process.env) {\n  const { ALPHA } = source\n  return [ALPHA, source.BETA]\n}\n' }],
    ['destructured from process', { 'src/a.js': "const { env } = require('process')\nconst { env: e } = process\nmodule.exports = [env.ALPHA, e.BETA]\n" }],
    ['imported from node:process', { 'src/a.ts': "import { env } from 'node:process'\nimport process2 from 'node:process'\nexport default [env.ALPHA, process2.env.BETA]\n" }],
    ['optional chaining', { 'src/a.ts': "export const a = process.env?.ALPHA\nexport const b = process?.env?.['BETA']\n" }],
    ['envalid', { 'src/env.ts': "import { cleanEnv, str, port } from 'envalid'\nexport const env = cleanEnv(process.env, { ALPHA: str(), BETA: port({ default: 3000 }) })\n" }],
    ['zod over process.env', { 'src/env.ts': "import { z } from 'zod'\nconst schema = z.object({ ALPHA: z.string().min(1), BETA: z.coerce.number() })\nexport const env = schema.parse(process.env)\n" }],
    ['zod in another module', { 'src/schema.ts': "import { z } from 'zod'\nexport const schema = z.object({ ALPHA: z.string(), BETA: z.string() })\n", 'src/env.ts': "import { schema } from './schema'\nexport const env = schema.safeParse(process.env)\n" }],
    ['t3-env', { 'src/env.mjs': "import { createEnv } from '@t3-oss/env-core'\nimport { z } from 'zod'\nexport const env = createEnv({ server: { ALPHA: z.string(), BETA: z.string() }, runtimeEnv: process.env })\n" }],
    ['joi of nest', { 'src/app.module.ts': "import * as Joi from 'joi'\nimport { ConfigModule } from '@nestjs/config'\nexport const imports = [ConfigModule.forRoot({ validationSchema: Joi.object({ ALPHA: Joi.string().required(), BETA: Joi.number() }) })]\n" }],
    ['the config service of nest', { 'src/a.service.ts': "import { ConfigService } from '@nestjs/config'\nexport class A {\n  constructor(private readonly config: ConfigService) {}\n  run() {\n    return [this.config.get<string>('ALPHA'), this.config.getOrThrow('BETA')]\n  }\n}\n" }],
    ['fastify-env', { 'src/a.ts': "import fastifyEnv from '@fastify/env'\nconst schema = { type: 'object', required: ['ALPHA'], properties: { ALPHA: { type: 'string' }, BETA: { type: 'string' } } }\nexport const plugin = [fastifyEnv, { schema }]\n" }],
    ['env-var', { 'src/a.ts': "import env from 'env-var'\nexport const a = env.get('ALPHA').required().asString()\nexport const b = env.get('BETA').asPortNumber()\n" }],
    ['convict', { 'src/a.ts': "import convict from 'convict'\nexport const config = convict({ a: { env: 'ALPHA', default: '' }, b: { env: 'BETA', default: 1 } })\n" }],
    ['a helper of its own', { 'src/env.ts': "export function required(name: string): string {\n  const value = process.env[name]\n  if (!value) throw new Error(name)\n  return value\n}\n", 'src/main.ts': "import { required } from './env'\nexport const a = required('ALPHA')\nexport const b = required('BETA')\n" }],
    ['a helper that is a function value', { 'src/env.js': "const need = (key, fallback) => process.env[key] ?? fallback\nmodule.exports = { a: need('ALPHA'), b: need('BETA', '1') }\n" }],
    ['os.environ', { 'app/a.py': 'import os\na = os.environ["ALPHA"]\nb = os.getenv("BETA", "x")\n' }],
    ['environ imported', { 'app/a.py': 'from os import environ, getenv\na = environ.get("ALPHA")\nb = getenv("BETA")\n' }],
    ['os under another name', { 'app/a.py': 'import os as system\nfrom os import environ as e\na = system.environ["ALPHA"]\nb = e["BETA"]\n' }],
    ['an alias in Python', { 'app/a.py': 'import os\nenv = os.environ\na = env["ALPHA"]\nb = env.get("BETA")\n' }],
    ['setdefault, pop and in', { 'app/a.py': 'import os\nos.environ.setdefault("ALPHA", "1")\nif "BETA" in os.environ:\n    pass\n' }],
    ['pydantic settings', { 'app/settings.py': 'from pydantic_settings import BaseSettings\n\nclass Settings(BaseSettings):\n    alpha: str\n    beta: int = 3\n' }],
    ['pydantic settings with an alias and a prefix', { 'app/settings.py': 'from pydantic import Field\nfrom pydantic_settings import BaseSettings, SettingsConfigDict\n\nclass Settings(BaseSettings):\n    model_config = SettingsConfigDict(env_prefix="BE")\n    token: str = Field(validation_alias="ALPHA")\n    ta: int = 3\n' }],
    ['django-environ', { 'shop/settings.py': 'import environ\n\nenv = environ.Env(DEBUG_SQL=(bool, False))\nSECRET_KEY = env("ALPHA")\nDATABASES = {"default": env.db("BETA")}\n' }],
    ['environs', { 'app/a.py': 'from environs import Env\n\nenv = Env()\na = env.str("ALPHA")\nb = env.int("BETA", 1)\n' }],
    ['decouple', { 'app/a.py': 'from decouple import config\n\nA = config("ALPHA")\nB = config("BETA", default=1, cast=int)\n' }],
    ['starlette config', { 'app/a.py': 'from starlette.config import Config\n\nconfig = Config(".env")\nA = config("ALPHA", cast=str)\nB = config.get("BETA")\n' }],
    ['a helper in Python', { 'app/a.py': 'import os\n\ndef need(name):\n    value = os.environ.get(name)\n    if not value:\n        raise RuntimeError(name)\n    return value\n\nA = need("ALPHA")\nB = need("BETA")\n' }],
    ['Deno and Bun', { 'src/a.ts': "export const a = Deno.env.get('ALPHA')\nexport const b = Bun.env.BETA\n" }],
  ] // prettier-ignore
  const extra = (name: string): string[] => (name === 'django-environ' ? ['DEBUG_SQL'] : [])
  it.each(cases)('passes with all declared: %s', async (name, files) => {
    const said = await read(files, 'ALPHA', 'BETA', ...extra(name))
    expect(said).toMatchObject({ aspects: { declared: 'pass', described: 'pass', read: 'pass' }, findings: [] })
  })
  it.each(cases)('finds BETA undeclared: %s', async (name, files) => {
    const said = await read(files, 'ALPHA', ...extra(name))
    expect(said.findings).toEqual([expect.stringMatching(/^undeclared-variable .* BETA \|/)])
  })
  it.each(cases)('finds GAMMA unread: %s', async (name, files) => {
    const said = await read(files, 'ALPHA', 'BETA', 'GAMMA', ...extra(name))
    expect(said.findings).toEqual([expect.stringMatching(/^unread-variable .* GAMMA \|/)])
  })
  it('is not blessed by one dynamic read elsewhere', async () => {
    const dynamic = { 'src/expand.ts': "export const expand = (text: string) => text.replace(/\\$(\\w+)/g, (_all, name) => process.env[name] ?? '')\n" } // prettier-ignore
    const constants = { 'src/codes.ts': 'export const CODES = { ALPHA: 1, GAMMA: 2, NOT_FOUND: 404 }\n' }
    const said = await read({ ...dynamic, ...constants, 'src/a.ts': 'export const a = process.env.ALPHA\n' }, 'ALPHA', 'GAMMA') // prettier-ignore
    expect(said.aspects).toMatchObject({ declared: 'inconclusive dynamic-read', read: 'inconclusive unread-perhaps' })
    expect(said.findings.some((finding) => finding.includes('NOT_FOUND'))).toBe(false)
  })
  it('takes constants in capitals for what they are, and a file too large as not read', async () => {
    const said = await read({ 'src/a.ts': "export const a = process.env.ALPHA\nexport const env = { STAGE: 1 }\nexport const s = env.STAGE\n", 'src/big.js': `// ${'x'.repeat(4 * 1024 * 1024)}\n` }, 'ALPHA') // prettier-ignore
    expect(said.aspects).toMatchObject({ described: 'pass', declared: 'inconclusive source-not-understood' })
    expect(said.findings.join('\n')).not.toContain('STAGE')
  })
  it('says of another language that it can not tell', async () => {
    const go = 'package main\n\nimport "os"\n\nfunc main() { println(os.Getenv("ALPHA")) }\n'
    expect((await read({ 'main.go': go }, 'ALPHA')).outcome).toBe('inconclusive')
    expect((await read({ 'README.md': 'x' }, 'ALPHA')).outcome).toBe('inconclusive')
  })
})

const ENV = lines('# Database of the shop; from the vault', 'DATABASE_URL=postgres://user:password@localhost:5432/shop', '', '# Signs sessions; openssl rand -hex 32', 'SESSION_SECRET=', '', 'PORT=3000 # where it listens') // prettier-ignore
const NEEDED = { variables: declared('DATABASE_URL', 'SESSION_SECRET', 'PORT') }

describe('CFG-06 on foreign example files', () => {
  it.each<[string, Files]>([
    ['.env.example', { '.env.example': ENV }],
    ['.env.sample', { 'api/.env.sample': ENV }],
    ['.env.dist', { '.env.dist': ENV.replaceAll('\n', '\r\n') }],
    ['env.template', { 'env.template': ENV }],
    ['.env.local.example', { '.env.local.example': ENV }],
    ['exports and quotes', { '.env.example': ENV.replace('SESSION_SECRET=', "export SESSION_SECRET='change-me'").replace('PORT=3000', 'PORT="3000"') }],
    ['placeholders of many kinds', { '.env.example': `${ENV}# Pays\nSTRIPE_SECRET_KEY=sk_test_xxxxxxxxxxxxxxxxxxxxxxxx\n# Mails\nMAIL_TOKEN=<your token here>\n# Bucket\nAWS_SECRET_ACCESS_KEY=your-secret-access-key\nJWT_SECRET=\${JWT_SECRET}\n` }],
  ])('sound: %s', async (_name, files) => {
    expect(await trees.judge(example, files, { config: NEEDED })).toMatchObject({ outcome: 'pass', findings: [] })
  }) // prettier-ignore
  const planted = ['sk', 'live', '51Hq8ZtLw5Rk9VxNc7BmHf6Js4DgPa'].join('_')
  it.each<[string, string, string, Files]>([
    ['no file', 'complete', 'example-missing', { 'README.md': 'x' }],
    ['a variable left out', 'complete', 'variable-missing', { '.env.example': ENV.replace('PORT', 'OTHER') }],
    [
      'no description',
      'described',
      'description-missing',
      { '.env.example': ENV.replace('# Signs sessions; openssl rand -hex 32\n', '') },
    ],
    ['a live key', 'no-real-value', 'real-value', { '.env.example': `${ENV}# Pays\nSTRIPE_SECRET_KEY=${planted}\n` }],
    [
      'a live key under a harmless name',
      'no-real-value',
      'real-value',
      { '.env.example': `${ENV}# Pays\nPAYMENTS=${planted}\n` },
    ],
    [
      'a real database password',
      'no-real-value',
      'real-value',
      { '.env.example': ENV.replace('user:password@localhost', 'shop:Tr7-zQ9vLp@db.shop.internal') },
    ],
    [
      'a real secret',
      'no-real-value',
      'real-value',
      { '.env.example': ENV.replace('SESSION_SECRET=', 'SESSION_SECRET=q8Zt1Lw5Rk9Vx3Nc7Bm2Hf6Js4Dg0Pa') },
    ],
  ])('broken: %s', async (_name, aspect, code, files) => {
    const said = await trees.judge(example, files, { config: NEEDED })
    expect([said.aspects[aspect], said.findings.filter((finding) => finding.startsWith(`${code} `)).length]).toEqual([`fail ${code}`, 1]) // prettier-ignore
  })
  it('can not know without a registry, and still sees a real key', async () => {
    expect((await trees.judge(example, { '.env.example': ENV })).aspects).toMatchObject({ complete: 'inconclusive no-registry' }) // prettier-ignore
    expect((await trees.judge(example, { '.env.example': `# Pays\nKEY=${planted}\n` })).outcome).toBe('fail')
    expect((await trees.judge(example, { 'README.md': 'x' })).outcome).toBe('inconclusive')
  })
})
