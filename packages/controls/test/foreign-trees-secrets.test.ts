import { createHash } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { check } from '../src/scr/scr-01/observe.ts'
import { foreignTrees, lines } from './foreign-tree.ts'

const trees = foreignTrees()
afterAll(() => trees.close())

type Files = Readonly<Record<string, string>>

/** Random-looking characters, made here so that no scanner finds a key in this file. */
function minted(seed: string, length: number, alphabet: 'hex' | 'mixed' | 'upper' = 'mixed'): string {
  const hex = createHash('sha512').update(seed).digest('hex').repeat(4)
  if (alphabet === 'hex') return hex.slice(0, length)
  const base = createHash('sha512').update(seed).digest('base64').replace(/[+/=]/g, 'x').repeat(4)
  return (alphabet === 'upper' ? base.toUpperCase() : base).slice(0, length)
}
const join = (...parts: string[]): string => parts.join('')
const pem = (kind: string): string => {
  const body = createHash('sha512').update(kind).digest('base64')
  return `${join('-----BEGIN ', kind, 'PRIVATE KEY-----')}\n${`${body.slice(0, 64)}\n`.repeat(8)}${join('-----END ', kind, 'PRIVATE KEY-----')}\n`
}

const AWS = {
  id: join('AKIA', minted('aws', 16, 'upper').replace(/[^A-Z2-7]/g, 'Q')),
  secret: minted('aws secret', 40),
}
const SECRETS: readonly (readonly [string, Files])[] = [
  ['an AWS key in a configuration', { 'config/aws.json': `{"accessKeyId": "${AWS.id}", "secretAccessKey": "${AWS.secret}"}\n` }],
  ['an AWS key in .env', { '.env': `AWS_ACCESS_KEY_ID=${AWS.id}\nAWS_SECRET_ACCESS_KEY=${AWS.secret}\n` }],
  ['a GitHub token', { 'scripts/release.sh': `curl -H "Authorization: token ${join('ghp_', minted('github', 36, 'hex'))}" https://api.github.com\n` }],
  ['a fine-grained GitHub token', { 'a.yml': `token: ${join('github_pat_', minted('pat', 22, 'hex'), '_', minted('pat2', 59, 'hex'))}\n` }],
  ['a GitLab token', { 'a.yml': `token: ${join('glpat-', minted('gitlab', 20, 'hex'))}\n` }],
  ['a live key of Stripe', { 'src/pay.ts': `export const stripe = new Stripe('${join('sk_live_', minted('stripe', 24, 'hex'))}')\n` }],
  ['a restricted key of Stripe', { 'src/pay.ts': `const key = '${join('rk_live_', minted('stripe', 24, 'hex'))}'\n` }],
  ['a signing secret of Stripe', { '.env.production': `STRIPE_WEBHOOK=${join('whsec_', minted('whsec', 32, 'hex'))}\n` }],
  ['a Slack token', { 'src/a.py': `TOKEN = "${join('xoxb-', '123456789012-123456789012-', minted('slack', 24, 'hex'))}"\n` }],
  ['a Slack webhook', { 'a.yml': `url: ${join('https://hooks.slack.com/services/', 'T0', minted('t', 8, 'upper').replace(/[^A-Z0-9]/g, 'A'), '/B0', minted('b', 8, 'upper').replace(/[^A-Z0-9]/g, 'B'), '/', minted('w', 24, 'hex'))}\n` }],
  ['a Google API key', { 'src/maps.ts': `export const key = '${join('AIza', minted('google', 35))}'\n` }],
  ['a Google service account', { 'key.json': JSON.stringify({ type: 'service_account', project_id: 'x', private_key_id: minted('id', 40, 'hex'), private_key: pem('').replaceAll('\n', '\\n').replaceAll('\\\\n', '\\n'), client_email: 'x@x.iam.gserviceaccount.com' }) }],
  ['an npm token', { '.npmrc': `//registry.example.test/:_authToken=${join('npm_', minted('npm', 36, 'hex'))}\n` }],
  ['a PyPI token', { '.pypirc': `[pypi]\npassword = ${join('pypi-', 'AgEIcHlwaS5vcmc', minted('pypi', 80, 'hex'))}\n` }],
  ['an OpenAI key', { 'app/ai.py': `client = OpenAI(api_key="${join('sk-proj-', minted('openai', 48, 'hex'))}")\n` }],
  ['an Anthropic key', { '.env': `ANTHROPIC_API_KEY=${join('sk-ant-api03-', minted('anthropic', 93, 'hex'), 'AA')}\n` }],
  ['a SendGrid key', { 'a.js': `sg.setApiKey('${join('SG.', minted('sg1', 22, 'hex'), '.', minted('sg2', 43, 'hex'))}')\n` }],
  ['an RSA key', { 'certs/server.key': pem('RSA ') }],
  ['an OpenSSH key', { 'deploy/id_ed25519': pem('OPENSSH ') }],
  ['a private key inside a string', { 'src/jwt.js': `const key = "${pem('EC ').replaceAll('\n', '\\n')}"\n` }],
  ['a database password', { 'config/default.json': `{"db": "postgres://shop:${minted('db', 18)}@db.shop.internal:5432/shop"}\n` }],
  ['a Redis password', { 'docker-compose.yml': `services:\n  api:\n    environment:\n      REDIS_URL: redis://:${minted('redis', 22)}@cache.shop.internal:6379\n` }],
  ['a JWT secret in .env', { '.env': `JWT_SECRET=${minted('jwt', 48)}\n` }],
  ['a JWT secret in the code', { 'src/auth.ts': `import jwt from 'jsonwebtoken'\nexport const sign = (id: string) => jwt.sign({ id }, '${minted('jwt code', 32)}')\nconst JWT_SECRET = '${minted('jwt code 2', 32)}'\n` }],
  ['a secret key of Django', { 'shop/settings.py': `SECRET_KEY = "${join('django-insecure-', minted('django', 50))}"\n` }],
  ['a password in YAML', { 'config/production.yml': `database:\n  user: shop\n  password: ${minted('yaml', 20)}\n` }],
  ['a password in a properties file', { 'src/main/resources/application.properties': `spring.datasource.password=${minted('spring', 20)}\n` }],
  ['a client secret in JSON', { 'config.json': `{"oauth": {"clientId": "shop", "clientSecret": "${minted('oauth', 32)}"}}\n` }],
  ['a Terraform variable', { 'infra/prod.tfvars': `db_password = "${minted('tf', 24)}"\n` }],
  ['a Kubernetes secret', { 'k8s/secret.yaml': `apiVersion: v1\nkind: Secret\ndata:\n  password: ${Buffer.from(minted('k8s', 24)).toString('base64')}\n` }],
] // prettier-ignore

describe('SCR-01 finds secrets in foreign trees', () => {
  it.each(SECRETS)('in the tree: %s', async (_name, files) => {
    const said = await trees.judge(check, { 'README.md': '# shop\n', ...files })
    expect([said.aspects['tree'], said.findings]).toEqual(['fail secret-in-tree', said.findings])
  })
  it('in the history only, in a deleted file, on another branch of commits', async () => {
    const [, files] = SECRETS.find(([name]) => name === 'a JWT secret in .env') ?? ['', {}]
    const gone = Object.fromEntries(Object.keys(files).map((path) => [path, null]))
    const said = await trees.judge(check, { 'README.md': 'x\n' }, { git: [{ 'a.txt': 'a\n' }, files, gone] })
    expect(said.aspects).toEqual({ tree: 'pass', history: 'fail secret-in-history' })
  })
  it('in the history of a line that changed', async () => {
    const before = `export const db = 'postgres://shop:${minted('old', 18)}@db.shop.internal/shop'\n`
    const said = await trees.judge(check, { 'src/db.ts': 'export const db = process.env.DB\n' }, { git: [{ 'src/db.ts': before }] }) // prettier-ignore
    expect(said.aspects).toEqual({ tree: 'pass', history: 'fail secret-in-history' })
  })
})

describe('SCR-01 is silent on sound foreign trees', () => {
  it.each<[string, Files]>([
    ['keys that manuals print', { 'README.md': 'Use `AKIAIOSFODNN7EXAMPLE` and `wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY`.\n' }],
    ['example files', { '.env.example': 'JWT_SECRET=change-me\nDATABASE_URL=postgres://user:password@localhost:5432/shop\nSTRIPE_KEY=sk_test_xxxxxxxxxxxxxxxx\nAPI_KEY=your-api-key-here\nTOKEN=<token>\n' }],
    ['reads of the environment', { 'src/a.ts': "export const jwtSecret = process.env.JWT_SECRET\nconst password = config.get('database.password')\nconst apiKey = getenv('API_KEY')\n", 'app/a.py': 'SECRET_KEY = os.environ["SECRET_KEY"]\npassword: str = Field(min_length=12)\n' }],
    ['references to a vault', { 'k8s/deploy.yaml': 'env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: shop-database-credentials\n        key: password\n', 'ci.yml': 'env:\n  TOKEN: ${{ secrets.DEPLOY_TOKEN }}\n  PASSWORD: "{{ vault_database_password }}"\n' }],
    ['a compose file for development', { 'docker-compose.yml': 'services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_USER: shop\n      POSTGRES_PASSWORD: postgres\n  api:\n    environment:\n      DATABASE_URL: postgres://shop:shop@db:5432/shop\n      SECRET: ${SECRET:?set it}\n' }],
    ['passwords in tests', { 'test/sign-in.test.ts': "const password = 'correct horse battery staple'\nconst body = { username: 'ada', password: 'Sup3r-s3cret!' }\n", 'tests/test_login.py': 'PASSWORD = "hunter2hunter2"\n' }],
    ['lock files and hashes', { 'package-lock.json': JSON.stringify({ packages: { 'node_modules/a': { integrity: `sha512-${createHash('sha512').update('a').digest('base64')}` } } }), 'requirements.txt': `a==1 --hash=sha256:${minted('h', 64, 'hex')}\n`, 'go.sum': `github.com/a/b v1.0.0 h1:${createHash('sha256').update('b').digest('base64')}\n` }],
    ['words about secrets', { 'src/messages.ts': "export const messages = { passwordTooShort: 'The password is too short', secret: 'secret', tokenExpired: 'token_expired_please_sign_in_again' }\nexport const PASSWORD_RESET_TOKEN_HEADER = 'x-password-reset-token'\nexport const tokenUrl = 'https://auth.example.com/oauth2/token'\n", 'i18n/de.json': '{"password": "Kennwort", "forgotPassword": "Kennwort vergessen?", "apiKey": "Anwendungsschluessel"}\n' }],
    ['schemas and types', { 'src/types.ts': "export interface Settings { password: string; clientSecret: string | undefined }\nexport const schema = { secret: z.string().min(32), apiKey: 'string' }\n", 'openapi.yaml': 'password:\n  type: string\n  format: password\ntoken: eyExample\n' }],
    ['a public key', { 'certs/ca.pem': `-----BEGIN PUBLIC KEY-----\n${createHash('sha512').update('p').digest('base64')}\n-----END PUBLIC KEY-----\n` }],
    ['digests and commits', { '.github/workflows/ci.yml': `steps:\n  - uses: actions/checkout@${minted('sha', 40, 'hex')}\n`, 'k8s/a.yaml': `image: ghcr.io/shop/api@sha256:${minted('d', 64, 'hex')}\n` }],
    ['UUIDs and ids', { 'src/ids.ts': "export const tenant = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'\nexport const key = 'users:by-email:v2'\nexport const cacheKey = 'session-token-cache-key-prefix'\n" }],
  ])('%s', async (_name, files) => {
    const said = await trees.judge(check, files, { git: [{ 'first.txt': 'x\n' }] })
    expect(said).toMatchObject({ aspects: { tree: 'pass', history: 'pass' }, findings: [] })
  }) // prettier-ignore
  it('does not pass what it could not read, and tells the two apart', async () => {
    const said = await trees.judge(check, { 'a.ts': lines('x'), 'dump.sql': 'x'.repeat(5 * 1024 * 1024) })
    expect(said.aspects['tree']).toBe('inconclusive file-unread')
    expect((await trees.judge(check, {})).outcome).not.toBe('pass')
  })
})
