// Goal: each image holds exactly what its process needs, is built from the lock, and runs as nobody special.
// Method: the Dockerfiles are read, and what they copy is compared with the manifests and the lock. Nothing is built here.
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { MIGRATIONS } from '../../src/backup/restore-backup.ts'
import { HEAP } from '../../src/start/child-process.ts'
import { operations, reference, repository, SERVICES } from './operations-files.ts'

interface Stage {
  readonly from: string
  readonly name: string | null
  readonly lines: readonly string[]
}

function stagesOf(text: string): readonly Stage[] {
  const lines = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  return lines.reduce<Stage[]>((stages, line) => {
    const from = /^FROM (\S+)(?: AS (\w+))?$/.exec(line)
    if (from) return [...stages, { from: from[1] ?? '', name: from[2] ?? null, lines: [] }]
    const last = stages.at(-1)
    return last ? [...stages.slice(0, -1), { ...last, lines: [...last.lines, line] }] : stages
  }, [])
}

interface Package {
  readonly name: string
  readonly dependencies?: Readonly<Record<string, string>>
}
const packageAt = (folder: string): Package =>
  JSON.parse(readFileSync(join(repository, folder, 'package.json'), 'utf8')) as Package
const lock = JSON.parse(readFileSync(join(repository, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { link?: boolean; resolved?: string }>
}

/** Folders of this repository that a workspace needs at run time, itself included. */
function needed(folder: string, seen = new Set<string>()): Set<string> {
  if (seen.has(folder)) return seen
  seen.add(folder)
  for (const name of Object.keys(packageAt(folder).dependencies ?? {})) {
    const entry = lock.packages[`node_modules/${name}`]
    if (entry?.link && entry.resolved !== undefined) needed(entry.resolved, seen)
  }
  return seen
}

/** What a stage takes from another: path in the repository, to where in the image. */
const copiesOf = (stage: Stage): readonly (readonly [from: string, to: string])[] =>
  stage.lines.flatMap((line) => {
    const [, from = '', to = ''] = /^COPY --from=\w+ \/service\/(\S+) (\S+)$/.exec(line) ?? []
    return from === '' ? [] : [[from, to] as const]
  })

describe.each(SERVICES)('the image of %s', (service) => {
  const folder = `apps/reference/${service}`
  const text = readFileSync(join(reference, service, 'Dockerfile'), 'utf8')
  const stages = stagesOf(text)
  const last = stages.at(-1)!
  const copied = last.lines.flatMap(
    (line) => /^COPY --from=\w+ \/service\/(\S+) \.\/(\S+)$/.exec(line)?.slice(1, 3) ?? [],
  )

  it('is built in stages from one base, whose digest the release passes', () => {
    expect(text).toContain('ARG NODE_IMAGE=node:24.21.0-bookworm-slim\n')
    expect(stages.length).toBeGreaterThan(1)
    expect(stages.every((stage) => stage.from === '${NODE_IMAGE}')).toBe(true)
    expect(readFileSync(join(repository, '.nvmrc'), 'utf8').trim()).toBe('24.21.0')
  })

  it('is installed from the lock, for this workspace, without install scripts or development dependencies', () => {
    const installs = stages.flatMap((stage) =>
      stage.lines.filter((line) => line.includes('npm')).map((line) => `${stage.name}: ${line}`),
    )
    const install = `RUN npm ci --omit=dev --ignore-scripts --workspace @greengate/reference-${service}`
    expect(installs).toContain(`dependencies: ${install}`)
    for (const one of installs) expect(one).toMatch(/: RUN npm ci (--omit=dev )?--ignore-scripts --workspace /)
    expect(last.lines.filter((line) => line.includes('--from=bundles'))).toEqual(
      service === 'web' ? [`COPY --from=bundles /service/${folder}/dist ./${folder}/dist`] : [],
    )
  })

  it('holds every package of this repository that it needs, and no other', () => {
    const wanted = [...needed(folder)].filter((one) => one !== folder)
    expect(copied.filter((path) => path.startsWith('packages/') || path === 'apps/reference/base')).toEqual(
      wanted.toSorted((a, b) => (a < b ? 1 : -1)).flatMap((one) => [one, one]),
    )
    const sources = copied.filter((path) => !/node_modules|dist$/.test(path))
    expect(sources.filter((path) => !existsSync(join(repository, path)))).toEqual([])
    expect(copied).toEqual(expect.arrayContaining(['package.json', 'node_modules', `${folder}/src`]))
    // What the lock puts into a folder of its own would be left behind.
    expect(Object.keys(lock.packages).filter((path) => path.startsWith(`${folder}/node_modules`))).toEqual([])
    const migrations = existsSync(join(reference, service, 'migrations'))
    expect(copied.includes(`${folder}/migrations`)).toBe(migrations)
  })

  it('runs Node itself, as a user by number, and says how it is', () => {
    const user = last.lines.find((line) => line.startsWith('USER '))
    expect(user).toBe('USER 1000:1000')
    const command = last.lines.find((line) => line.startsWith('CMD '))
    const [program, ...words] = JSON.parse(command?.slice(4) ?? '[]') as string[]
    const main = words.pop()
    expect(program).toBe('node')
    // The image measured is the image run: a process gets the heap here that the launcher gives it.
    expect(words).toEqual(HEAP)
    expect(existsSync(join(reference, service, main ?? 'none'))).toBe(true)
    expect(last.lines.filter((line) => line.startsWith('HEALTHCHECK ') && line.includes('/health'))).toHaveLength(1)
    expect(last.lines.some((line) => /^(ENTRYPOINT|ADD|SHELL|EXPOSE)/.test(line))).toBe(false)
    expect(last.lines).toContain('ENV NODE_ENV=production')
    // Everything is copied before the user is no longer root: it owns none of its own files.
    expect(last.lines.findLastIndex((line) => line.startsWith('COPY '))).toBeLessThan(last.lines.indexOf(user ?? ''))
  })
})

describe('the image of backups', () => {
  const last = stagesOf(readFileSync(join(operations, 'backup.Dockerfile'), 'utf8')).at(-1)!
  const copies = copiesOf(last)
  const places = new Map(copies)

  it('holds what both commands read, where they look for it', () => {
    const folder = 'apps/reference/system'
    const wanted = [
      ...[...needed(folder)].filter((one) => one !== folder),
      `${folder}/src`,
      // Seen from the command, which stands at the same place in the image.
      ...Object.values(MIGRATIONS).map((path) => relative(repository, path)),
    ]
    for (const path of wanted) expect([path, places.get(path)]).toEqual([path, `./${path}`])
    expect(copies.filter(([from]) => from !== 'node_modules' && !existsSync(join(repository, from)))).toEqual([])
    expect(last.lines).toContain(`WORKDIR /service/${folder}`)
  })

  it('holds the scripts that compose.yaml and the manifests start, and runs as nobody special', () => {
    for (const script of ['run-backup.sh', 'run-restore.sh'])
      expect(places.get(`apps/reference/operations/backup/${script}`)).toBe(`/usr/local/bin/${script}`)
    expect(last.lines).toContain('USER 1000:1000')
    expect(last.lines).toContain('CMD ["sh", "/usr/local/bin/run-backup.sh"]')
  })
})

it('every image holds what the kit sends traces with: it is asked for once an address is given', () => {
  const kit = JSON.parse(readFileSync(join(repository, 'packages/kit/package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>
  }
  const wanted = Object.keys(kit.peerDependencies).filter((name) => name.startsWith('@opentelemetry/'))
  expect(wanted.length).toBeGreaterThan(2)
  expect(Object.keys(packageAt('apps/reference/base').dependencies ?? {})).toEqual(expect.arrayContaining(wanted))
  for (const service of SERVICES)
    expect(packageAt(`apps/reference/${service}`).dependencies).toHaveProperty(['@greengate/reference-base'])
})

describe('.dockerignore', () => {
  it('lets in what a build needs and keeps secrets, results and this kit out', () => {
    const lines = readFileSync(join(repository, '.dockerignore'), 'utf8').split('\n')
    // Everything is out first; what is let in is named.
    expect(lines.find((line) => line !== '' && !line.startsWith('#'))).toBe('*')
    for (const path of ['package.json', 'package-lock.json', 'tsconfig.json', '.npmrc', 'packages', 'apps'])
      expect(lines).toContain(`!${path}`)
    for (const path of ['**/node_modules', '**/dist', '**/.env', '**/secrets', '**/.greengate'])
      expect(lines).toContain(path)
  })
})
