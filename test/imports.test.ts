// Goal: the direction of imports is the architecture, so a machine keeps it.
// Method: every import of every source file is read and compared with what its package may import.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, sources } from './sources.ts'

/** What each package may import of ours, its own files aside. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'packages/contracts': [],
  'packages/evidence': ['contracts'],
  'packages/gate': ['contracts', 'evidence'],
  'packages/controls': ['contracts'],
  'packages/bench': ['contracts'],
  'packages/facts': ['contracts'],
  'packages/config': ['contracts'],
  'packages/reports': ['contracts'],
  'packages/runner': ['contracts', 'evidence', 'controls', 'bench', 'facts'],
  'packages/kit': [],
  'apps/cli': ['contracts', 'evidence', 'gate', 'controls', 'bench', 'facts', 'configuration', 'reports', 'runner'],
  'packages/object-store': [],
  'apps/reference/base': ['kit'],
  'apps/reference/platform': ['kit', 'reference-base'],
  'apps/reference/gateway': ['kit', 'reference-base'],
  'apps/reference/content': ['kit', 'reference-base'],
  'apps/reference/worker': ['kit', 'reference-base'],
  'apps/reference/web': ['kit', 'reference-base'],
  'apps/reference/system': ['kit', 'reference-base', 'object-store'],
}

/** Imports that tests, and the configuration for the gate, may add. */
const TESTS_MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'packages/controls': ['runner', 'bench', 'evidence', 'facts'],
  'packages/evidence': ['gate', 'controls'],
  'packages/gate': [],
  'packages/facts': ['bench', 'configuration'],
  'packages/config': ['bench'],
  'packages/reports': ['evidence'],
  'apps/reference/platform': ['bench', 'contracts'],
  'apps/reference/gateway': ['contracts'],
  'apps/reference/content': ['contracts', 'object-store'],
  'apps/reference/worker': ['contracts'],
  'apps/reference/web': ['contracts'],
  'apps/reference/system': ['contracts'],
}

/** What each room of the kit may import of the others: each is usable alone, and none in a circle. */
const KIT_ROOMS: Readonly<Record<string, readonly string[]>> = {
  config: [],
  context: [],
  errors: [],
  limits: ['errors'],
  edge: ['context'],
  telemetry: ['context'],
  resilience: ['context', 'errors'],
  idempotency: ['errors', 'limits'],
  data: ['context', 'errors', 'resilience'],
  flags: ['data', 'errors'],
  lifecycle: ['config', 'telemetry'],
  testing: ['telemetry'],
  http: ['context', 'edge', 'errors', 'lifecycle', 'limits', 'telemetry'],
}

function packageOf(file: string): string {
  const found = Object.keys(MAY_IMPORT).find((folder) => file.startsWith(`${folder}/`))
  if (!found)
    throw new Error(
      `${file} belongs to no package that test/imports.test.ts knows: add it there with what it may import`,
    )
  return found
}

function importsOf(text: string): string[] {
  return [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\s[^'"]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
}

const isTest = (file: string): boolean => /\.test\.ts$|\/test\/|\/testing\.ts$|greengate\.config\.ts$/.test(file)

describe('imports', () => {
  const files = sources('packages', 'apps')

  it('are read from a tree that has sources', () => {
    expect(files.length).toBeGreaterThan(100)
    expect(files.flatMap((file) => importsOf(readFileSync(join(root, file), 'utf8'))).length).toBeGreaterThan(300)
  })

  it('go in the direction of the architecture', () => {
    const wrong = files.flatMap((file) => {
      const own = packageOf(file)
      const allowed = [...(MAY_IMPORT[own] ?? []), ...(isTest(file) ? (TESTS_MAY_IMPORT[own] ?? []) : [])]
      const self = JSON.parse(readFileSync(join(root, own, 'package.json'), 'utf8')) as { name: string }
      return importsOf(readFileSync(join(root, file), 'utf8')).flatMap((specifier) => {
        if (specifier.startsWith('.')) {
          const target = relative(root, resolve(root, dirname(file), specifier))
          return target.startsWith(`${own}/`) ? [] : [`${file} reaches into ${target}`]
        }
        const name = /^@greengate\/([^/]+)/.exec(specifier)?.[1] ?? (specifier === 'greengate' ? 'cli' : undefined)
        if (name === undefined || specifier.startsWith(self.name)) return []
        return allowed.includes(name) ? [] : [`${file} imports ${specifier}`]
      })
    })
    expect(wrong).toEqual([])
  })

  it('of the rooms of the kit go down, and only http knows the framework', () => {
    const kit = 'packages/kit/src/'
    const wrong = files.flatMap((file) => {
      const room = file.startsWith(kit) ? (file.slice(kit.length).split('/')[0] ?? '') : ''
      // The entry of the package names every room.
      if (room === '' || room === 'index.ts' || /\.test\.ts$|\/testing[\w-]*[./]/.test(file)) return []
      return importsOf(readFileSync(join(root, file), 'utf8')).flatMap((specifier) => {
        if (/^@?fastify/.test(specifier)) return room === 'http' ? [] : [`${file} imports ${specifier}`]
        if (!specifier.startsWith('.')) return []
        const target = relative(join(root, kit), resolve(root, dirname(file), specifier)).split('/')[0] ?? ''
        return target === room || KIT_ROOMS[room]?.includes(target) ? [] : [`${file} imports the room ${target}`]
      })
    })
    expect(wrong).toEqual([])
  })

  it('of judges are contracts, zod and pure neighbours only', () => {
    const judges = files.filter((file) => /^packages\/controls\/src\/.*\/judge\.ts$/.test(file))
    expect(judges.length).toBeGreaterThan(0)
    const wrong = judges.flatMap((file) =>
      importsOf(readFileSync(join(root, file), 'utf8'))
        .filter(
          (specifier) =>
            !(
              specifier === 'zod' ||
              specifier === '@greengate/contracts' ||
              specifier === './control.ts' ||
              /^\.\.\/\.\.\/lib[\w-]*\//.test(specifier)
            ),
        )
        .map((specifier) => `${file} imports ${specifier}`),
    )
    expect(wrong).toEqual([])
  })

  it('of judges, and of all they import, never reach a file, a socket, a clock or chance', () => {
    const judges = files.filter((file) => /^packages\/controls\/src\/.*\/judge\.ts$/.test(file))
    const seen = new Set<string>()
    const visit = (file: string): string[] => {
      if (seen.has(file)) return []
      seen.add(file)
      const text = readFileSync(join(root, file), 'utf8')
      const impure = /\b(Date\.now|new Date\(\)|Math\.random|performance\.now|process\.(?:env|hrtime))\b/.exec(text)
      const io = importsOf(text).filter((specifier) => /^node:(?!crypto$|path$|buffer$|util$|url$)/.test(specifier))
      const own = [
        ...(impure ? [`${file} uses ${impure[0]}`] : []),
        ...io.map((specifier) => `${file} imports ${specifier}`),
      ]
      const next = importsOf(text)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => relative(root, resolve(root, dirname(file), specifier)))
      return [...own, ...next.flatMap(visit)]
    }
    expect(judges.flatMap(visit)).toEqual([])
  })

  it('of the verifier never include a signer or an observer', () => {
    const verifier = sources('packages/evidence/src/verify').filter((file) => !isTest(file))
    expect(verifier.length).toBeGreaterThan(0)
    const wrong = verifier.flatMap((file) =>
      importsOf(readFileSync(join(root, file), 'utf8'))
        .filter((specifier) => /sign\/|observe|controls\/checks/.test(specifier))
        .map((specifier) => `${file} imports ${specifier}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('folders', () => {
  it('of proved controls hold four short files', () => {
    const families = readdirSync(join(root, 'packages/controls/src'), { withFileTypes: true }).filter(
      (entry) => entry.isDirectory() && entry.name.length === 3 && entry.name !== 'lib',
    )
    const odd = families.flatMap((family) =>
      readdirSync(join(root, 'packages/controls/src', family.name), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .flatMap((entry) => {
          const names = readdirSync(join(root, 'packages/controls/src', family.name, entry.name)).sort()
          const whole = ['check.test.ts', 'control.ts', 'judge.ts', 'observe.ts']
          const right = names.join() === 'control.ts' || names.join() === whole.join()
          return right ? [] : [`${family.name}/${entry.name}: ${names.join(', ')}`]
        }),
    )
    expect(families.length).toBe(14)
    expect(odd).toEqual([])
  })
})
