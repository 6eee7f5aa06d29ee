import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build, type InlineConfig } from 'vite'

const CLIENT_ENTRY = 'src/client/entry-client.tsx'
const SERVER_ENTRY = 'src/client/entry-server.tsx'
const WORKER_ENTRY = 'src/client/service-worker.ts'
const GUARD_ENTRY = 'src/client/code-guard.ts'

/** Engines with modules, top-level await and `URL.parse`-sized gaps only: what browsers of the last two and a half years have. */
const TARGET = 'baseline-widely-available'

/** Chunks that every page has from the start. */
const ENTRY_CHUNK = /\/(?:react|rolldown-runtime|site)-[^/]*\.js$/

function base(root: string, release: string): InlineConfig {
  return {
    root,
    configFile: false,
    envDir: false,
    publicDir: false,
    logLevel: 'warn',
    mode: 'production',
    // All said here: left alone, the bundler goes by NODE_ENV of whoever calls, and makes something else under the same name.
    define: { __RELEASE__: JSON.stringify(release), 'process.env.NODE_ENV': '"production"' },
    oxc: { jsx: { runtime: 'automatic', development: false } },
  }
}

/**
 * What the browser loads: one chunk a route, React in one of its own that outlives releases; with a manifest.
 * @param options `maps` writes a map beside each chunk, which names the source of every position; the chunks are the same.
 */
export async function buildClient(
  root: string,
  outDir: string,
  release: string,
  { maps = false }: { readonly maps?: boolean } = {},
): Promise<void> {
  await build({
    ...base(root, release),
    resolve: { conditions: ['module', 'browser', 'production'] },
    build: {
      outDir,
      emptyOutDir: true,
      manifest: true,
      sourcemap: maps ? 'hidden' : false,
      target: TARGET,
      modulePreload: {
        polyfill: false,
        // The page itself is asked for anyway, and the rest came with the entry.
        resolveDependencies: (page, files) => files.filter((file) => file !== page && !ENTRY_CHUNK.test(file)),
      },
      assetsInlineLimit: 0,
      reportCompressedSize: false,
      rolldownOptions: {
        // React Router marks a whole file as client code; here everything is.
        checks: { moduleLevelDirective: false },
        input: join(root, CLIENT_ENTRY),
        // Components do nothing by being imported: a page gets those it shows, whatever else their index names.
        treeshake: { moduleSideEffects: [{ test: /src[\\/]design[\\/].*\.tsx?$/, sideEffects: false }] },
        output: {
          codeSplitting: {
            groups: [
              { name: 'react', test: /node_modules[\\/](?:react|react-dom|scheduler)[\\/]|rolldown[:\\/]runtime/ },
              // What every page has; many small files would cost more round trips than they save bytes.
              {
                name: 'site',
                test: /react-router|src[\\/]client[\\/](?!entry-)|src[\\/]design[\\/](?!form|field|dialog|table)|src[\\/]public[\\/](?![a-z-]+-page\.tsx)/,
              },
            ],
          },
        },
      },
    },
  })
}

/** What the server renders with: one module without dependencies. */
export async function buildServer(root: string, outDir: string, release: string): Promise<void> {
  await build({
    ...base(root, release),
    ssr: { noExternal: true, resolve: { conditions: ['module', 'node', 'production'] } },
    build: {
      outDir,
      emptyOutDir: true,
      ssr: join(root, SERVER_ENTRY),
      target: 'node24',
      minify: false,
      reportCompressedSize: false,
      rolldownOptions: {
        checks: { moduleLevelDirective: false },
        output: { entryFileNames: 'entry-server.js', codeSplitting: false },
      },
    },
  })
}

/** The service worker: a classic script, which every browser with service workers takes. */
export async function buildWorker(
  root: string,
  outDir: string,
  release: string,
  shell: readonly string[],
): Promise<void> {
  await buildClassic(base(root, release), WORKER_ENTRY, outDir, 'service-worker.js', {
    __SHELL__: JSON.stringify(shell),
  })
}

/** @returns the script that pages have in them: a classic one, which runs before any module */
export async function buildGuard(root: string, outDir: string, release: string): Promise<string> {
  await buildClassic(base(root, release), GUARD_ENTRY, outDir, 'code-guard.js', {})
  const text = (await readFile(join(outDir, 'code-guard.js'), 'utf8')).trim()
  if (/<\/script|<!--/i.test(text)) throw new Error(`${GUARD_ENTRY} would end its own element in a page`)
  return text
}

async function buildClassic(
  options: InlineConfig,
  entry: string,
  outDir: string,
  fileName: string,
  define: Readonly<Record<string, string>>,
): Promise<void> {
  await build({
    ...options,
    define: { ...options.define, ...define },
    build: {
      outDir,
      emptyOutDir: true,
      target: TARGET,
      reportCompressedSize: false,
      lib: {
        entry: join(options.root ?? '', entry),
        formats: ['iife'],
        name: 'classic',
        fileName: () => fileName,
      },
    },
  })
}
