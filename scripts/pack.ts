/**
 * Builds the tarballs of `greengate` and `@greengate/kit`: compiled, typed, installable anywhere.
 *
 * `greengate` carries its own packages along as bundled dependencies, each compiled file by file, so that what runs is laid
 * out as in the workspace: the signer, the sentinel and the judges stay files of their own.
 *
 * Usage: node scripts/pack.ts [--out DIR]
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { computeCheckDigests } from '@greengate/controls/digests'

interface Manifest {
  name: string
  version: string
  private?: boolean
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  exports?: Record<string, string | Record<string, string>>
  bin?: Record<string, string>
  files?: string[]
  scripts?: Record<string, string>
  [key: string]: unknown
}

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const BUNDLED = ['contracts', 'evidence', 'gate', 'controls', 'bench', 'facts', 'config', 'runner', 'reports']
/** Needed by tests alone. */
const ONLY_TESTS = new Set(['vitest', 'fast-check'])

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
const ours = (name: string): boolean => name.startsWith('@greengate/')

function compile(out: string): void {
  execFileSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.pack.json'), '--outDir', out],
    { cwd: root, stdio: 'inherit' },
  )
}

/** `./src/x.ts` becomes the compiled file with its types; entries for tests stay behind. */
function compiledExports(exports: Manifest['exports']): NonNullable<Manifest['exports']> {
  return Object.fromEntries(
    Object.entries(exports ?? {})
      .filter(([key]) => key !== './testing' || exports?.['.'] === undefined)
      .map(([key, value]) => {
        const source = typeof value === 'string' ? value : (value['default'] ?? '')
        if (!source.endsWith('.ts')) return [key, value]
        const base = source.slice(0, -3)
        return [key, { types: `${base}.d.ts`, default: `${base}.js` }]
      }),
  )
}

function externalDependencies(
  folders: readonly string[],
  kind: 'dependencies' | 'optionalDependencies',
): Record<string, string> {
  const merged: Record<string, string> = {}
  for (const folder of folders) {
    for (const [name, version] of Object.entries(readManifest(folder)[kind] ?? {})) {
      if (!ours(name) && !ONLY_TESTS.has(name)) merged[name] = version
    }
  }
  return Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Compiled files of one package, and what stands beside its sources and is no source. */
function layPackage(folder: string, compiled: string, target: string): void {
  cpSync(join(compiled, folder), target, { recursive: true })
  for (const sub of ['src', 'sentinel']) {
    const from = join(root, folder, sub)
    if (!existsSync(from)) continue
    for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || /\.tsx?$/.test(entry.name) || entry.parentPath.includes('fixtures')) continue
      const relative = join(sub, entry.parentPath.slice(from.length), entry.name)
      mkdirSync(dirname(join(target, relative)), { recursive: true })
      cpSync(join(entry.parentPath, entry.name), join(target, relative))
    }
  }
}

function writeManifest(folder: string, manifest: Manifest): void {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

function copyPapers(folder: string, target: string): void {
  cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'))
  const readme = join(root, folder, 'README.md')
  if (existsSync(readme)) cpSync(readme, join(target, 'README.md'))
}

function packGreengate(compiled: string, staging: string): string {
  const target = join(staging, 'greengate')
  layPackage('apps/cli', compiled, target)
  for (const name of BUNDLED) {
    const manifest = readManifest(`packages/${name}`)
    const inside = join(target, 'node_modules', manifest.name)
    layPackage(`packages/${name}`, compiled, inside)
    writeManifest(inside, {
      name: manifest.name,
      version: manifest.version,
      license: 'Apache-2.0',
      type: 'module',
      exports: compiledExports(manifest.exports),
    })
  }
  writeFileSync(
    join(target, 'node_modules/@greengate/controls/src/check-digests.json'),
    JSON.stringify(Object.fromEntries(computeCheckDigests())),
  )
  const cli = readManifest('apps/cli')
  const folders = ['apps/cli', ...BUNDLED.map((name) => `packages/${name}`)]
  const bundled = BUNDLED.map((name) => readManifest(`packages/${name}`).name)
  const { private: _private, devDependencies: _dev, scripts: _scripts, ...kept } = cli
  writeManifest(target, {
    ...kept,
    bin: { greengate: './src/main.js' },
    exports: compiledExports(cli.exports),
    files: ['src', 'LICENSE', 'README.md'],
    dependencies: {
      ...externalDependencies(folders, 'dependencies'),
      ...Object.fromEntries(bundled.map((name) => [name, cli.version])),
    },
    optionalDependencies: {
      ...externalDependencies(folders, 'optionalDependencies'),
      ...externalDependencies([''], 'optionalDependencies'),
    },
    bundleDependencies: bundled,
  })
  copyPapers('.', target)
  return target
}

function packKit(compiled: string, staging: string): string {
  const target = join(staging, 'kit')
  layPackage('packages/kit', compiled, target)
  const kit = readManifest('packages/kit')
  const { private: _private, devDependencies: _dev, scripts: _scripts, ...kept } = kit
  // Its types speak of those of `pg`, which stand in a package of their own.
  const types = Object.entries(kit.devDependencies ?? {}).filter(([name]) => name === '@types/pg')
  const dependencies = { ...kit.dependencies, ...Object.fromEntries(types) }
  const exports = compiledExports(kit.exports)
  writeManifest(target, { ...kept, exports, dependencies, files: ['src', 'LICENSE', 'README.md'] })
  copyPapers('packages/kit', target)
  return target
}

/** Builds both tarballs. Returns their paths. */
export function pack(out: string): string[] {
  const staging = mkdtempSync(join(tmpdir(), 'greengate-pack-'))
  try {
    const compiled = join(staging, 'compiled')
    compile(compiled)
    mkdirSync(out, { recursive: true })
    return [packGreengate(compiled, staging), packKit(compiled, staging)].map((folder) => {
      const printed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', out], {
        cwd: folder,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const [packed] = JSON.parse(printed) as [{ filename: string; size: number; entryCount: number }]
      process.stdout.write(`${packed.filename}: ${Math.round(packed.size / 1024)} KiB, ${packed.entryCount} files\n`)
      return join(out, packed.filename)
    })
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: 'dist' } } })
  pack(resolve(values.out))
}
