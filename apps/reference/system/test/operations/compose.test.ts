// Goal: compose.yaml starts the platform as production does: hardened, in order, with every variable that its processes need.
// Method: the file is read and compared with the registries; make-secrets.sh is run and its values are held against the patterns;
// No engine is asked: nothing here builds or starts a container.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  compose,
  type ComposeService,
  missingVariables,
  operations,
  registryOf,
  SERVICES,
  type ServiceName,
  variableOf,
} from './operations-files.ts'

const file = compose()
const services = Object.entries(file.services)
const ofProcess = services.filter(([, { image }]) => image.startsWith('greengate/reference-'))
const processOf = (service: ComposeService): ServiceName | undefined =>
  SERVICES.find((name) => service.image.startsWith(`greengate/reference-${name}:`))

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'compose-'))
  execFileSync('sh', [join(operations, 'compose', 'make-secrets.sh'), join(folder, 'secrets')])
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('compose.yaml', () => {
  it('has all five processes, their data and what stands in for the outside', () => {
    expect(Object.keys(file.services)).toEqual(expect.arrayContaining([...SERVICES, 'postgres', 'redis', 'objects']))
  })

  it.each(services)('%s is hardened and bounded', (name, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      deploy: {
        resources: {
          limits: {
            cpus: expect.stringMatching(/^\d/) as string,
            memory: expect.stringMatching(/^\d+[MG]$/) as string,
            pids: expect.any(Number) as number,
          },
        },
      },
    })
    // An exact version: no `latest`, and none by leaving it out.
    expect(service.image).toMatch(/^[a-z][a-z0-9/-]+:(?:v?\d+\.\d+[\w.-]*|RELEASE\.[\dTZ-]+)$/)
    expect(service.image).not.toContain('latest')
    // Those of ours say it in their Dockerfile; one other may be root, without a network, to give a folder away.
    const { user = '', network_mode, cap_add, restart } = service
    const isOurs = service.image.startsWith('greengate/')
    const isRoot = name === 'objects-folder'
    expect(isOurs || isRoot || /^[1-9]\d*:[1-9]\d*$/.test(user)).toBe(true)
    expect([network_mode, cap_add, user]).toEqual(isRoot ? ['none', ['CHOWN'], '0:0'] : [undefined, undefined, user])
    expect(isRoot ? restart : 'no').toBe('no')
  })

  it.each(ofProcess)('%s is told nothing that it does not know, and everything that it needs', (_name, service) => {
    const process = processOf(service)
    if (!process) return
    const registry = registryOf(process)
    const names = Object.keys(service.environment ?? {})
    expect(names.filter((one) => variableOf(registry, one) === null)).toEqual([])
    expect(missingVariables(registry, names, 'local')).toEqual([])
    expect(names.filter((one) => registry[one]?.secret)).toEqual([])
  })

  it.each(services)('%s reads only secrets that it was given', (_name, { environment = {}, secrets = [], command }) => {
    const read = `${Object.values(environment).join(' ')} ${command?.join(' ') ?? ''}`.match(/\/run\/secrets\/[\w.]+/g)
    const missing = (read ?? []).filter((path) => !secrets.includes(path.slice('/run/secrets/'.length)))
    expect(missing).toEqual([])
    for (const secret of secrets) expect(file.secrets[secret]?.file).toBe(`./secrets/${secret}`)
  })

  it('lets nobody in but through the gateway, and browsers to the object store, from this machine alone', () => {
    const open = services.flatMap(([name, { ports }]) => (ports ?? []).map((port) => `${name} ${port}`))
    expect(open.toSorted()).toEqual([
      'gateway 127.0.0.1:8443:8443',
      'mail 127.0.0.1:8025:8025',
      'objects 127.0.0.1:9000:9000',
    ])
    const inEdge = services.filter(([, { networks }]) => networks?.includes('edge')).map(([name]) => name)
    const outside = Object.entries(file.networks).filter(([, network]) => !network?.internal)
    expect(outside.map(([name]) => name)).toEqual(['edge'])
    expect(inEdge.filter((name) => (SERVICES as readonly string[]).includes(name))).toEqual(['gateway'])
  })

  it('starts in order: migrations before processes, and these before the gateway', () => {
    const dependencies = (name: string): Readonly<Record<string, string>> =>
      Object.fromEntries(
        Object.entries(file.services[name]?.depends_on ?? {}).map(([one, { condition }]) => [one, condition]),
      )
    for (const name of ['platform', 'content'])
      expect(dependencies(name)).toMatchObject({ [`${name}-migrate`]: 'service_completed_successfully' })
    for (const name of ['platform-migrate', 'content-migrate'])
      expect(dependencies(name)).toMatchObject({ postgres: 'service_healthy' })
    expect(dependencies('gateway')).toMatchObject({
      platform: 'service_healthy',
      content: 'service_healthy',
      web: 'service_healthy',
    })
    for (const [name, service] of services) {
      const wrong = Object.entries(dependencies(name)).filter(([one, condition]) => {
        const other = file.services[one]
        const hasCheck = other?.healthcheck !== undefined || (other !== undefined && processOf(other) !== undefined)
        return condition === 'service_healthy' ? !hasCheck : other?.restart !== 'no'
      })
      expect([name, wrong]).toEqual([name, []])
      expect(service.healthcheck ?? processOf(service) ?? service.restart).toBeDefined()
    }
  })

  it('gives each process the time that its drain takes', () => {
    for (const name of SERVICES) {
      const graceS = Number(/^(\d+)s$/.exec(file.services[name]?.stop_grace_period ?? '')?.[1])
      expect(graceS).toBeGreaterThan(0.2 + 8 + 2)
    }
  })

  it('builds from Dockerfiles that are there and mounts files that are there', () => {
    for (const name of SERVICES) {
      const { build } = file.services[name] ?? {}
      const root = join(operations, build?.context ?? '')
      expect(existsSync(join(root, 'package-lock.json'))).toBe(true)
      expect(existsSync(join(root, build?.dockerfile ?? 'none'))).toBe(true)
    }
    const mounted = services.flatMap(([, { volumes }]) => volumes ?? []).filter((volume) => volume.startsWith('./'))
    expect(mounted.length).toBeGreaterThan(3)
    for (const volume of mounted) {
      expect(volume).toMatch(/:ro$/)
      expect(existsSync(join(operations, volume.split(':')[0] ?? ''))).toBe(true)
    }
  })
})

describe('make-secrets.sh', () => {
  it('makes every file that compose.yaml names, none twice the same, in a folder of its owner', () => {
    const made = readdirSync(join(folder, 'secrets'))
    expect(Object.keys(file.secrets).filter((name) => !made.includes(name))).toEqual([])
    expect(statSync(join(folder, 'secrets')).mode & 0o777).toBe(0o700)
    const values = made.map((name) => readFileSync(join(folder, 'secrets', name), 'utf8'))
    expect(new Set(values).size).toBe(values.length)
    expect(values.filter((value) => value.length === 0)).toEqual([])
  })

  it('keeps what is there', () => {
    const token = (): string => readFileSync(join(folder, 'secrets', 'service_token'), 'utf8')
    const before = token()
    execFileSync('sh', [join(operations, 'compose', 'make-secrets.sh'), join(folder, 'secrets')])
    expect(token()).toBe(before)
  })

  it('makes values that the processes take', () => {
    const wrong = ofProcess.flatMap(([name, service]) => {
      const process = processOf(service)
      if (!process) return []
      const registry = registryOf(process)
      return Object.entries(service.environment ?? {}).flatMap(([variable, path]) => {
        const bare = variableOf(registry, variable)
        const pattern = bare === null || bare === variable ? undefined : registry[bare]?.pattern
        if (pattern === undefined) return []
        const value = readFileSync(join(folder, 'secrets', path.slice('/run/secrets/'.length)), 'utf8')
        return new RegExp(pattern).test(value) ? [] : [`${name}: ${variable}`]
      })
    })
    expect(wrong).toEqual([])
  })
})
