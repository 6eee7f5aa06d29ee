import { createHash, createHmac } from 'node:crypto'
import {
  type Check,
  type CheckContext,
  defineCheck,
  GreengateError,
  needTree,
  type TreePort,
} from '@greengate/contracts'
import { scanText } from '../../lib/secret-scan.ts'
import { keyStoreRule } from '../../lib/settings-secrets.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

const BINARY = /\.(png|jpe?g|gif|webp|avif|ico|icns|woff2?|ttf|otf|eot|mp[34]|webm|ogg|wav|mov|pdf|wasm)$/i
const COMMITS_PER_READ = 200
const HISTORY_BYTES_MAX = 64 * 1024 * 1024
const HITS_MAX = 200
type Hits = Observation['tree']['hits']

type Bed = Parameters<Check['clean']>[0]
const digest = (text: string, as: 'hex' | 'base64' | 'base64url'): string =>
  createHash('sha512').update(text).digest(as)
const claims = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
/** Secrets that are known by where they stand, each put together here, so that no scanner finds it in this file. */
const FORMS: Readonly<Record<string, Record<string, string>>> = {
  'rails-master-key': { 'config/master.key': `${digest('rails', 'hex').slice(0, 32)}\n` },
  'key-store': { 'src/main/resources/server.p12': `0\u0082\0${digest('store', 'hex')}` },
  netrc: { '.netrc': `machine git.shop.internal login ci password ${digest('netrc', 'hex').slice(0, 10)}\n` },
  pgpass: { '.pgpass': `db.shop.internal:5432:shop:shop:${digest('pgpass', 'hex').slice(0, 10)}\n` },
  htpasswd: { 'nginx/.htpasswd': `ops:${['$apr1', digest('salt', 'hex').slice(0, 8), digest('ht', 'hex').slice(0, 22)].join('$')}\n` },
  'jwt-of-a-role': { 'src/a.ts': `const t = '${[claims({ alg: 'HS256' }), claims({ role: ['service', 'role'].join('_') }), digest('jwt', 'base64url').slice(0, 43)].join('.')}'\n` },
  'connection-key': { 'appsettings.json': `{"Storage":"AccountName=shop;${['Account', 'Key'].join('')}=${digest('azure', 'base64')};"}\n` },
  'connection-password': { 'appsettings.json': `{"Db":"Server=sql.shop.internal;User Id=sa;Password=${digest('sql', 'hex').slice(0, 12)};"}\n` },
  'password-of-production': { 'config/application-prod.yml': `db:\n  password: ${['Wint3r', '2023!'].join('')}\n` },
} // prettier-ignore

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['tree'], effect: 'read', quiet: false, timeoutMs: 600_000 },
  async observe(context) {
    const tree = needTree(context)
    const key = context.random.hex(32)
    const canary = `key = "sk_live_${context.random.hex(16)}"\ntoken: ghp_${context.random.hex(18)}\n`
    const seen = new Set<number>()
    const canaryFound = (await scanText('canary.txt', canary, key)).length >= 2
    const found = await scanTree(tree, key, seen, context)
    const history = await scanHistory(tree, key, seen, context)
    return {
      data: { canaryFound, tree: found, history },
      exercised: { files: found.scanned, commits: history.commitsRead },
    }
  },
  clean: (bed) =>
    bed.tree(
      { 'src/a.ts': 'export const key = process.env["API_KEY"]\n// AKIAIOSFODNN7EXAMPLE is the one of the manual\n' },
      { git: [{ 'README.md': 'postgres://app:app@localhost/app' }] },
    ),
  positiveControls: [
    { id: 'token-in-tree', breaks: 'tree', code: 'secret-in-tree', arrange: (bed) => bed.tree({ 'src/a.ts': `const t = '${planted()}'\n` }) },
    { id: 'private-key-in-fixtures', breaks: 'tree', code: 'secret-in-tree', arrange: (bed) => bed.tree({ 'test/fixtures/key.pem': pem() }) },
    ...Object.entries(FORMS).map(([id, files]) => ({ id, breaks: 'tree' as const, code: 'secret-in-tree', arrange: (bed: Bed) => bed.tree(files) })),
    { id: 'deleted-but-in-history', breaks: 'history', code: 'secret-in-history', arrange: (bed) => bed.tree({ 'a.txt': 'clean\n' }, { git: [{ '.env': `T=${planted()}\n` }, { '.env': null }] }) },
  ], // prettier-ignore
})

/** Put together here, so that no scanner finds it in this file. */
function planted(): string {
  return ['ghp', createHash('sha256').update('greengate').digest('hex').slice(0, 36)].join('_')
}

function pem(): string {
  const body = createHash('sha512').update('greengate').digest('base64')
  return (
    ['-----BEGIN RSA', 'PRIVATE KEY-----\n'].join(' ') +
    `${body}\n`.repeat(8) +
    ['-----END RSA', 'PRIVATE KEY-----\n'].join(' ')
  )
}

async function scanTree(
  tree: TreePort,
  key: string,
  seen: Set<number>,
  context: CheckContext,
): Promise<Observation['tree']> {
  const unread = tree.unreadable
    .map((entry) => ({ where: entry.path, reason: entry.reason }))
    .filter((entry) => !BINARY.test(entry.where))
  const refused = new Set(tree.unreadable.map((entry) => entry.path))
  const files = tree.files.filter((file) => file.link === undefined && !refused.has(file.path))
  const hits: Hits = []
  let scanned = 0
  let binary = 0
  for (const [index, file] of files.entries()) {
    context.signal.throwIfAborted()
    if (index % 200 === 0) context.progress(`secrets: ${index} of ${files.length} files`)
    if (BINARY.test(file.path)) {
      binary += 1
      continue
    }
    try {
      const text = await tree.read(file.path)
      const store = keyStoreRule(file.path, text)
      if (store !== null && hits.length < HITS_MAX)
        hits.push({
          where: file.path,
          rule: store,
          keyed: createHmac('sha256', key).update(text).digest('hex').slice(0, 16),
        })
      if (text.includes('\0')) {
        binary += 1
        continue
      }
      scanned += 1
      for (const line of text.split('\n')) if (line.length > 12) seen.add(fingerprint(line))
      for (const hit of await scanText(file.path, text, key))
        if (hits.length < HITS_MAX) hits.push({ where: `${file.path}:${hit.line}`, rule: hit.rule, keyed: hit.keyed })
    } catch (error) {
      if (!(error instanceof GreengateError)) throw error
      unread.push({ where: file.path, reason: error.message.slice(0, 200) })
    }
  }
  return { files: files.length, scanned, binary, unread: unread.slice(0, 200), hits }
}

async function scanHistory(
  tree: TreePort,
  key: string,
  seen: Set<number>,
  context: CheckContext,
): Promise<Observation['history']> {
  const none = { reason: '', commits: 0, commitsRead: 0, hits: [] }
  if (tree.gitDir === null) return { ...none, state: 'no-git' }
  const git = (args: string[]) =>
    tree.run({
      argv: ['git', '-c', 'safe.directory=*', '-c', 'core.quotePath=false', `--git-dir=${tree.gitDir}`, ...args],
      timeoutMs: 240_000,
      outputBytesMax: HISTORY_BYTES_MAX,
    })
  const shallow = await git(['rev-parse', '--is-shallow-repository'])
  if (!shallow.found || shallow.exit !== 0)
    return {
      ...none,
      state: 'failed',
      reason: shallow.found ? shallow.stderr.trim().slice(0, 200) : 'there is no git here',
    }
  if (shallow.stdout.trim() === 'true')
    return { ...none, state: 'shallow', reason: 'the clone is shallow; fetch the whole history' }
  // Of a tree inside a larger repository only its own folder's history: what stands beside it belongs to others.
  const folder = tree.gitPrefix ?? ''
  const own = folder === '' ? [] : ['--full-history', '--', `:(top,literal)${folder}`]
  const commits = Number.parseInt((await git(['rev-list', '--all', '--count', ...own])).stdout, 10) || 0
  const hits: Hits = []
  let commitsRead = 0
  for (let skip = 0; skip < commits; skip += COMMITS_PER_READ) {
    context.signal.throwIfAborted()
    context.progress(`secrets: ${skip} of ${commits} commits`)
    const log = await git([
      'log',
      '--all',
      '-m',
      '-p',
      '--unified=0',
      '--no-color',
      '--no-ext-diff',
      '--no-textconv',
      '--no-renames',
      '--format=%x01%H',
      `--skip=${skip}`,
      `--max-count=${COMMITS_PER_READ}`,
      ...own,
    ])
    if (log.exit !== 0 || log.truncated)
      return {
        state: 'failed',
        reason: log.truncated ? 'more than 64 MiB of changes at once' : 'git log failed',
        commits,
        commitsRead,
        hits,
      }
    for (const change of addedText(log.stdout)) {
      // What the configuration says belongs to somebody else, today or when it was committed.
      if (tree.isExcluded?.(folder === '' ? change.path : change.path.slice(folder.length).replace(/^\//, ''))) continue
      // A line that was searched once has shown what it holds; a key's lines are kept together unless all are known.
      const lines = change.lines.filter((line) => line.length <= 12 || !seen.has(fingerprint(line)))
      if (lines.every((line) => line.length <= 12)) continue
      for (const line of lines) if (line.length > 12) seen.add(fingerprint(line))
      for (const hit of await scanText(change.path, change.lines.join('\n'), key)) {
        if (hits.length < HITS_MAX)
          hits.push({ where: `${change.commit.slice(0, 12)} ${change.path}`, rule: hit.rule, keyed: hit.keyed })
      }
    }
    const heads = log.stdout.split('\n').filter((line) => line.startsWith('\u0001'))
    // `-m` shows a merge once for each parent.
    commitsRead += new Set(heads).size
  }
  return { state: 'read', reason: '', commits, commitsRead, hits }
}

/**
 * 53 bits of a text, to know it again without keeping it: a tree of a million lines would not fit otherwise. Not for
 * secrets of anybody: it never leaves this run.
 */
function fingerprint(text: string): number {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return 4294967296 * (2097151 & b) + (a >>> 0)
}

/** Added lines by commit and file. */
function addedText(log: string): { commit: string; path: string; lines: string[] }[] {
  const changes: { commit: string; path: string; lines: string[] }[] = []
  let commit = ''
  let current: { commit: string; path: string; lines: string[] } | null = null
  let inHeader = false
  for (const line of log.split('\n')) {
    if (line.startsWith('\u0001')) commit = line.slice(1, 65).trim()
    else if (line.startsWith('diff --git ')) inHeader = true
    else if (inHeader && line.startsWith('+++ ')) {
      current = { commit, path: line.slice(6), lines: [] }
      changes.push(current)
    } else if (line.startsWith('@@')) inHeader = false
    else if (!inHeader && line.startsWith('+')) current?.lines.push(line.slice(1))
  }
  return changes
}
