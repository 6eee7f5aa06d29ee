// Goal: what is known to be a secret by where it stands is found, and what stands there as an example or a default is not.
// Method: values are put together here, so that no scanner finds one in this file.
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { assignedSecrets } from './assigned-secrets.ts'
import { keyStoreRule } from './settings-secrets.ts'

const digest = (text: string, as: 'hex' | 'base64' | 'base64url' = 'hex'): string => createHash('sha512').update(text).digest(as) // prettier-ignore
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = (claims: object): string => [part({ alg: 'HS256' }), part(claims), digest('jwt', 'base64url').slice(0, 43)].join('.') // prettier-ignore
const SERVICE = ['service', 'role'].join('_')
const YEARS = { iat: 1_700_000_000, exp: 2_015_360_000 }
const ACCOUNT_KEY = ['Account', 'Key='].join('')
const EMULATOR = ['Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsu', 'Fq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=='].join(
  '',
)
const rules = (path: string, content: string): string[] => assignedSecrets(path, content).map((found) => found.rule)
const CHOSEN = ['Tr0ub4', 'dor&3x'].join('')
const SHORT = ['Wint3r', '2023!'].join('')

describe('assignedSecrets finds what its place makes a secret', () => {
  it.each<[string, string, string]>([
    ['rails-master-key', 'config/master.key', digest('a').slice(0, 32)],
    ['rails-master-key', 'config/credentials/production.key', `${digest('a').slice(0, 32)}\n`],
    ['netrc-password', '.netrc', 'machine git.shop.internal\n  login ci\n  password 8s7df6g5h4\n'],
    ['pgpass-password', 'ops/.pgpass', '# host\ndb.shop.internal:5432:shop:shop:8s7df6g5h4\n'],
    ['htpasswd', 'nginx/.htpasswd', `ops:$apr1$${digest('s').slice(0, 8)}$${digest('h').slice(0, 22)}\n`],
    ['jwt-of-a-role', 'src/auth.ts', `const db = createClient(url, '${jwt({ role: SERVICE, iss: 'supabase', ...YEARS })}')\n`],
    ['jwt-of-a-role', '.env', `BACKEND=${jwt({ role: 'admin', ...YEARS })}\n`],
    ['connection-string-key', '.env', `STORAGE=DefaultEndpointsProtocol=https;AccountName=shop;${ACCOUNT_KEY}${digest('k', 'base64')};EndpointSuffix=x\n`],
    ['connection-string-password', 'appsettings.Production.json', `{"Db":"Server=sql.shop.internal;Database=shop;User Id=sa;Password=${SHORT};"}\n`],
    ['connection-string-password', 'appsettings.json', `{"Db":"Server=tcp:shop.database.windows.net,1433;User ID=sa;Password=${SHORT}x;Encrypt=True"}\n`],
    ['password-in-settings', '.env', `DB_PASSWORD=${CHOSEN}\n`],
    ['password-in-settings', '.env.production', `POSTGRES_PASSWORD=${SHORT}\n`],
    ['password-in-settings', 'src/main/resources/application-prod.properties', `spring.datasource.password=${SHORT}\n`],
    ['password-in-settings', 'config/production.yml', `db:\n  user: shop\n  password: "${SHORT}" # of last year\n`],
    ['password-in-settings', 'docker-compose.prod.yml', `services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: ${CHOSEN}\n`],
    ['password-in-settings', 'config/settings.py', `DATABASES = {'default': {'PASSWORD': '${CHOSEN}'}}\n`],
  ])('%s in %s', (rule, path, content) => {
    expect(rules(path, content)).toEqual([rule])
  }) // prettier-ignore
  it.each(['certs/server.p12', 'android/app/release.keystore', 'src/main/resources/shop.jks', 'cert.pfx'])('a store of keys: %s', (path) => {
    expect(keyStoreRule(path, '0\0')).toBe('key-store')
  }) // prettier-ignore
})

describe('assignedSecrets is silent', () => {
  it.each<[string, string]>([
    ['test/dummy/config/master.key', digest('a').slice(0, 32)],
    ['config/master.key', 'see the vault\n'],
    ['config/credentials/development.key', digest('a').slice(0, 32)],
    ['.netrc', 'machine api.heroku.com login ci password $HEROKU_KEY\nmachine localhost login a password b2c3d4e5\n'],
    ['docs/.netrc', 'machine git.shop.internal login ci password 8s7df6g5h4\n'],
    ['.pgpass', 'localhost:5432:shop:shop:8s7df6g5h4\n*:*:*:postgres:postgres\n'],
    ['test/fixtures/.htpasswd', `ops:$apr1$${digest('s').slice(0, 8)}$${digest('h').slice(0, 22)}\n`],
    ['src/auth.ts', `const anon = '${jwt({ role: 'anon', ...YEARS })}'\n`],
    ['.env', `SERVICE_ROLE_KEY=${jwt({ role: SERVICE, iss: 'supabase-demo', ...YEARS })}\n`],
    ['.env.example', `SERVICE_ROLE_KEY=${jwt({ role: SERVICE, ...YEARS })}\nDB_PASSWORD=${CHOSEN}\n`],
    ['test/auth.test.ts', `const token = '${jwt({ role: SERVICE, ...YEARS })}'\n`],
    ['README.md', `token ${jwt({ role: SERVICE, ...YEARS })} and password=${CHOSEN}\n`],
    ['src/user.dto.ts', `@ApiProperty({ example: '${jwt({ role: 'admin', ...YEARS })}' })\n`],
    ['src/session.ts', `// ${jwt({ role: 'user', iat: 1_700_000_000, exp: 1_700_003_600 })}\n`],
    ['.env', `STORAGE=UseDevelopmentStorage=true;AccountName=devstoreaccount1;${ACCOUNT_KEY}${EMULATOR};\n`],
    ['appsettings.Development.json', `{"Db":"Server=sql.shop.internal;Password=${SHORT};"}\n`],
    ['appsettings.json', `{"Db":"Server=localhost;Database=shop;User Id=sa;Password=${SHORT};","B":"Server=db;User=sa;Password=${SHORT};","C":"Server=sql.shop.internal;Password={password};","D":"Data Source=(localdb)\\\\x;Password=${SHORT}"}\n`],
    ['docker-compose.yml', 'services:\n  db:\n    environment:\n      POSTGRES_USER: postgres\n      POSTGRES_PASSWORD: postgres\n      MYSQL_ROOT_PASSWORD: Sh0p!Db2024\n'],
    ['compose.yaml', `services:\n  db:\n    environment:\n      POSTGRES_PASSWORD: ${CHOSEN}\n`],
    ['.github/workflows/ci.yml', `env:\n  POSTGRES_PASSWORD: ${CHOSEN}\n`],
    ['.env', `DB_HOST=localhost\nDB_PASSWORD=${CHOSEN}\n`],
    ['.env', `DB_HOST=db\nDB_PASSWORD=${CHOSEN}\n`],
    ['.env', 'DB_PASSWORD=shop\nSA_PASSWORD=P@ssw0rd123\nMSSQL_SA_PASSWORD=yourStrong(!)Password\nADMIN_PASSWORD=Adm1n!2024x\nDB_PASSWORD=MyShop2024\n'],
    ['.env.test', `DB_PASSWORD=${CHOSEN}\n`],
    ['.env.development', `DB_PASSWORD=${CHOSEN}\n`],
    ['.env.local', `DB_PASSWORD=${CHOSEN}\n`],
    ['config/production.yml', 'db:\n  password: ${DB_PASSWORD}\n  a_password: "{{ vault_password }}"\n  b_password: ENC(Ab12!cdEFgh34)\n  c_password: !vault |\n  d_password: "%env(DB_PASSWORD)%"\n  e_password: op://Shop/Db1/password\n  f_password: changeme\n  g_password: "{cipher}Ab12!cdEF"\n'],
    ['config/production.json', '{"password": "process.env.DB_PASSWORD1!", "passwordPattern": "^(?=.*[A-Z])Aa1!"}\n'],
    ['src/main/resources/application-prod.properties', 'spring.datasource.password=${DB_PASSWORD:Wint3r!x}\n'],
    ['openapi.yaml', `openapi: 3.1.0\nexample:\n  password: ${CHOSEN}\n`],
    ['k8s/production/deploy.yaml', 'env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef: { name: shop, key: password }\n'],
    ['locales/prod.json', '{"password": "Kennwort2!"}\n'],
    ['charts/shop/values.yaml', 'auth:\n  password: Ch@ngeMe2024\n'],
  ])('%s', (path, content) => {
    expect(rules(path, content)).toEqual([])
  }) // prettier-ignore
  it.each(['test/fixtures/server.p12', 'src/test/resources/shop.jks', 'android/app/debug.keystore', 'certs/truststore.jks', 'certs/dev/server.p12', 'docker/localhost.pfx', 'cacerts.jks'])('on a store of no consequence: %s', (path) => {
    expect(keyStoreRule(path, '0\0')).toBeNull()
  }) // prettier-ignore
  it('on a store in the format of Java whose first entry is a certificate to trust', () => {
    const head = '\uFFFD'.repeat(4)
    expect(keyStoreRule('server.jks', `${head}\0\0\0\u0002\0\0\0\u0001\0\0\0\u0002`)).toBeNull()
    expect(keyStoreRule('server.jks', `${head}\0\0\0\u0002\0\0\0\u0001\0\0\0\u0001`)).toBe('key-store')
  })
})
