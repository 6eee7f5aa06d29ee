import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { z } from 'zod'
import { type Build, buildSchema } from './build-description.ts'
import { listAssets, writeFiles } from './asset-list.ts'
import { buildClient, buildGuard, buildServer, buildWorker } from './bundles.ts'
import { currentBuild, webRoot } from './current-build.ts'
import { inputDigest } from './digest.ts'
import { icons } from './icon.ts'
import { siteFiles } from './site-files.ts'

const INPUTS = ['src/app', 'src/build', 'src/client', 'src/design', 'src/public']
const TOOLS = ['react', 'react-dom', 'react-router', 'vite', 'zod']
/** Builds that stay: the current one, and one that a server which has not been restarted may still read. */
const BUILDS_KEPT = 2
const ABANDONED_MS = 3_600_000

/** Page modules by route, as the bundler's manifest names them. */
const ROUTE_LINE = /id: '([a-z-]+)',[^}]*?import\('\.\.\/([a-z]+\/[a-z-]+\.tsx)'\)/g

const manifestSchema = z.record(
  z.string(),
  z.object({
    file: z.string(),
    imports: z.array(z.string()).default([]),
    css: z.array(z.string()).default([]),
  }),
)
type Manifest = z.output<typeof manifestSchema>

function toolVersions(): string[] {
  const require = createRequire(import.meta.url)
  return TOOLS.map(
    (tool) => `${tool} ${z.object({ version: z.string() }).parse(require(`${tool}/package.json`)).version}`,
  )
}

/** Every chunk that a chunk imports, itself first, without those in `known`. */
function closure(manifest: Manifest, key: string, known: ReadonlySet<string> = new Set()): string[] {
  const seen = new Set<string>()
  const visit = (one: string): void => {
    if (seen.has(one) || known.has(one)) return
    seen.add(one)
    for (const next of manifest[one]?.imports ?? []) visit(next)
  }
  visit(key)
  return [...seen]
}

function chunk(manifest: Manifest, key: string): Manifest[string] {
  const found = manifest[key]
  if (!found) throw new Error(`the bundler's manifest does not know ${key}`)
  return found
}

/** What each page needs, from the manifest and from where the route table says that the page is. */
function pagesOf(manifest: Manifest, routeTable: string, entry: ReadonlySet<string>): Build['pages'] {
  const pages: Record<string, Build['pages'][string]> = {}
  for (const [, id = '', module = ''] of routeTable.matchAll(ROUTE_LINE)) {
    const chunks = closure(manifest, `src/${module}`, entry).map((key) => chunk(manifest, key))
    pages[id] = {
      scripts: chunks.map(({ file }) => `/${file}`),
      styles: [...new Set(chunks.flatMap(({ css }) => css))].map((file) => `/${file}`),
    }
  }
  return pages
}

async function describe(root: string, folder: string, release: string): Promise<Build> {
  const client = join(folder, 'client')
  const manifest = manifestSchema.parse(JSON.parse(await readFile(join(client, '.vite', 'manifest.json'), 'utf8')))
  const entryKeys = closure(manifest, 'src/client/entry-client.tsx')
  const [entry, ...preload] = entryKeys.map((key) => `/${chunk(manifest, key).file}`)
  if (entry === undefined) throw new Error('the client has no entry')
  const styles = [...new Set(entryKeys.flatMap((key) => chunk(manifest, key).css))]
  const css = (await Promise.all(styles.map((file) => readFile(join(client, file), 'utf8')))).join('\n')
  const table = await readFile(join(root, 'src/client/routes.tsx'), 'utf8')
  const pages = pagesOf(manifest, table, new Set(entryKeys))
  const shell = [
    '/offline',
    '/favicon.svg',
    '/manifest.webmanifest',
    entry,
    ...preload,
    ...['home', 'posts', 'post', 'docs', 'doc', 'offline'].flatMap((id) => pages[id]?.scripts ?? []),
  ]
  await buildWorker(root, join(folder, 'worker'), release, [...new Set(shell)])
  await rename(join(folder, 'worker', 'service-worker.js'), join(client, 'service-worker.js'))
  const guard = await buildGuard(root, join(folder, 'guard'), release)
  await writeFiles(client, siteFiles())
  await writeFiles(join(client, 'icons'), icons())
  // It is in every page already.
  for (const file of styles) await rm(join(client, file))
  return buildSchema.parse({ release, entry, css, guard, pages, preload, assets: await listAssets(client) })
}

/** Builds stand side by side, each in a folder named by its inputs; which one counts is one file, replaced at once. */
async function makeCurrent(dist: string, release: string): Promise<void> {
  const next = join(dist, `current.${process.pid}.json`)
  await writeFile(next, `${JSON.stringify({ release })}\n`)
  await rename(next, join(dist, 'current.json'))
  await removeAbandoned(dist)
  const others = (await readdir(dist, { withFileTypes: true })).filter(
    (one) => one.isDirectory() && /^[0-9a-f]{16}$/.test(one.name) && one.name !== release,
  )
  for (const one of others.slice(0, Math.max(0, others.length - BUILDS_KEPT + 1)))
    await rm(join(dist, one.name), { recursive: true, force: true })
}

/** What builds left that were ended half-way. One that is under way is younger. */
async function removeAbandoned(dist: string): Promise<void> {
  for (const name of await readdir(dist)) {
    if (!name.startsWith('making-')) continue
    const folder = join(dist, name)
    // Gone meanwhile: it was no ruin, but somebody else's build that is done.
    const found = await stat(folder).catch(() => null)
    if (found && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(folder, { recursive: true, force: true })
  }
}

/** @throws Error when another build of the same inputs was not quicker either */
async function publish(made: string, folder: string): Promise<void> {
  try {
    await rename(made, folder)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
}

/**
 * Builds the client, the server's renderer and the service worker, unless that was done for these very inputs. Safe to
 * run twice at once.
 * @param signal ends the build after the step that is under way, and leaves nothing of it: the bundler writes from threads that
 * nothing can stop
 * @returns the build, and whether it was made now
 * @throws the signal's reason
 */
export async function buildSite(
  root = webRoot,
  dist = join(root, 'dist'),
  signal?: AbortSignal,
): Promise<{ build: Build; made: boolean }> {
  const release = await inputDigest(root, INPUTS, toolVersions())
  const known = await currentBuild(dist)
  if (known?.build.release === release) return { build: known.build, made: false }
  const work = join(dist, `making-${randomUUID()}`)
  await mkdir(work, { recursive: true })
  try {
    await buildClient(root, join(work, 'client'), release)
    signal?.throwIfAborted()
    await buildServer(root, join(work, 'server'), release)
    signal?.throwIfAborted()
    const build = await describe(root, work, release)
    await writeFile(join(work, 'build.json'), JSON.stringify(build))
    signal?.throwIfAborted()
    await publish(work, join(dist, release))
    await makeCurrent(dist, release)
    return { build, made: true }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
