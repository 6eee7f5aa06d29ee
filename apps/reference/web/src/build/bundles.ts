import { join } from 'node:path'
import { build, type InlineConfig } from 'vite'

const CLIENT_ENTRY = 'src/client/entry-client.tsx'
const SERVER_ENTRY = 'src/client/entry-server.tsx'
const WORKER_ENTRY = 'src/client/service-worker.ts'

/** Engines with modules, top-level await and `URL.parse`-sized gaps only: what browsers of the last two and a half years have. */
const TARGET = 'baseline-widely-available'

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
      modulePreload: { polyfill: false },
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
  const options = base(root, release)
  await build({
    ...options,
    define: { ...options.define, __SHELL__: JSON.stringify(shell) },
    build: {
      outDir,
      emptyOutDir: true,
      target: TARGET,
      reportCompressedSize: false,
      lib: {
        entry: join(root, WORKER_ENTRY),
        formats: ['iife'],
        name: 'serviceWorker',
        fileName: () => 'service-worker.js',
      },
    },
  })
}
