import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { TreePort } from '@greengate/contracts'

export interface Credential {
  readonly user: string
  readonly pass: string
  readonly source: string
}

const PUBLISHED: Readonly<Record<string, readonly string[]>> = {
  admin: [
    'admin',
    'password',
    'admin123',
    'changeme',
    '123456',
    'secret',
    'letmein',
    'default',
    'Admin123!',
    'administrator',
    'passw0rd',
    'welcome',
  ],
  administrator: ['administrator', 'password', 'admin'],
  root: ['root', 'password', 'toor', 'admin'],
  user: ['user', 'password'],
  test: ['test', 'password'],
  guest: ['guest', 'password'],
  demo: ['demo', 'password'],
  operator: ['operator'],
  superadmin: ['superadmin', 'password'],
  manager: ['manager'],
  support: ['support'],
  sa: ['sa', 'password'],
  postgres: ['postgres'],
  'admin@example.com': ['admin', 'password', 'changeme'],
  'admin@localhost': ['admin'],
}

/** Default credentials that are on every published list. */
export function publishedCredentials(): Credential[] {
  return Object.entries(PUBLISHED).flatMap(([user, list]) =>
    list.map((pass) => ({ user, pass, source: 'published list' })),
  )
}

const HARVEST_FILE =
  /\.(js|mjs|cjs|ts|py|rb|go|java|json|ya?ml|md|txt|toml|env|example|sample)$|(^|\/)(README|\.env[\w.]*)$/i
const SKIP =
  /(^|\/)(node_modules|\.git|dist\/public|build\/static|coverage|test|tests|__tests__|fixtures|e2e|cypress)(\/|$)|\.(test|spec|min|map|d)\.[jt]s/i
const FILES_MAX = 3000
const FILE_BYTES_MAX = 400_000
const DEPTH_MAX = 8
const HARVESTED_MAX = 30
const NEAR_CHARS = 400

/** Candidates beside user and password keys in the service's own tree. */
export async function harvestTree(tree: TreePort): Promise<Credential[]> {
  const found: Scored[] = []
  for (const file of tree.files
    .filter((entry) => entry.link === undefined && usable(entry.path, entry.sizeBytes))
    .slice(0, FILES_MAX)) {
    found.push(...scan(await tree.read(file.path), file.path))
  }
  return best(found)
}

/** Candidates in the package of the started program, where the service is somebody else's and only installed here. */
export function harvestProgram(pid: number, command: readonly string[]): Credential[] {
  const cwd = workingFolder(pid)
  const roots = new Set(
    command.filter((part) => part.includes('/') && !part.includes('://')).map((part) => packageOf(resolve(cwd, part))),
  )
  const found: Scored[] = []
  let files = 0
  const walk = (folder: string, depth: number, root: string): void => {
    for (const entry of list(folder)) {
      const path = join(folder, entry.name)
      const shown = path.slice(root.length + 1)
      if (SKIP.test(shown) || files >= FILES_MAX) continue
      if (entry.isDirectory() && depth < DEPTH_MAX) walk(path, depth + 1, root)
      else if (entry.isFile() && usable(shown, sizeOf(path))) {
        files += 1
        found.push(...scan(readFileSync(path, 'utf8'), shown))
      }
    }
  }
  for (const root of roots) if (root !== null) walk(root, 0, root)
  return best(found)
}

interface Scored extends Credential {
  readonly score: number
}

/** String literals beside a user key, near string literals beside a password key. */
function scan(text: string, file: string): Scored[] {
  if (!/passw|pwd/i.test(text)) return []
  const users = literalsAfter(text, /\b\w*(user_?name|user|login|email)\b/gi).filter(({ value }) =>
    /^[\w.@+-]{2,40}$/.test(value),
  )
  const passes = literalsAfter(text, /\b\w*(password|passwd|pwd)\b/gi).filter(
    ({ value }) =>
      /^[^\s{}<>$]{4,40}$/.test(value) && !/^(password|username|user|string|text|required|email)$/i.test(value),
  )
  const found: Scored[] = []
  for (const pass of passes.slice(0, 200)) {
    for (const user of users) {
      if (Math.abs(user.at - pass.at) > NEAR_CHARS || user.value === pass.value) continue
      const near = text.slice(Math.max(0, Math.min(user.at, pass.at) - 200), Math.max(user.at, pass.at) + 100)
      const score =
        (/default|initial/i.test(near) ? 2 : 0) +
        (/^(admin|root)/i.test(user.value) ? 2 : 0) +
        (/\d/.test(pass.value) ? 1 : 0)
      const line = text.slice(0, pass.at).split('\n').length
      found.push({ user: user.value, pass: pass.value, source: `${file}:${line}`, score })
    }
  }
  return found
}

function literalsAfter(text: string, key: RegExp): { value: string; at: number }[] {
  const out: { value: string; at: number }[] = []
  for (const match of text.matchAll(key)) {
    const from = match.index + match[0].length
    const after = text.slice(from, from + 160)
    // On to the end of the statement: defaults stand behind calls such as env('X', 'default').
    const until = after.search(/[;{}]|,\s*\n|\n\s*\n/)
    for (const literal of (until < 0 ? after : after.slice(0, until)).matchAll(/["'`]([^"'`\n]{2,60})["'`]/g)) {
      out.push({ value: literal[1] ?? '', at: from + literal.index })
    }
  }
  return out.slice(0, 500)
}

function best(found: readonly Scored[]): Credential[] {
  const seen = new Set<string>()
  return found
    .toSorted((a, b) => b.score - a.score)
    .filter(({ user, pass }) => !seen.has(`${user}\0${pass}`) && seen.add(`${user}\0${pass}`))
    .slice(0, HARVESTED_MAX)
    .map(({ user, pass, source }) => ({ user, pass, source }))
}

function usable(path: string, bytes: number): boolean {
  return HARVEST_FILE.test(path) && !SKIP.test(path) && bytes <= FILE_BYTES_MAX
}

function workingFolder(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return process.cwd()
  }
}

/** The folder of the package inside node_modules or site-packages that a file belongs to; null outside one. */
function packageOf(path: string): string | null {
  const match = /^(.*\/(?:node_modules|site-packages)\/(?:@[^/]+\/)?[^/]+)(\/|$)/.exec(path)
  return match?.[1] !== undefined && sizeOf(dirname(path)) >= 0 ? match[1] : null
}

function list(folder: string): { name: string; isDirectory(): boolean; isFile(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    return []
  }
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return -1
  }
}
