// Goal: the manifests fit each other, the services they start, and the rules for what runs in a cluster.
// Method: all YAML is read and compared with the registries of variables. No cluster is asked: what one would say to it is not tested.
import { describe, expect, it } from 'vitest'
import {
  type Container,
  environmentOf,
  type Manifest,
  manifests,
  missingVariables,
  registryOf,
  SERVICES,
  type ServiceName,
  templateOf,
  variableOf,
} from './operations-files.ts'

const all = manifests()
const ofKind = (kind: string): readonly Manifest[] => all.filter((one) => one.kind === kind)
const named = (kind: string, name: string): Manifest => {
  const found = all.find((one) => one.kind === kind && one.metadata.name === name)
  if (!found) throw new Error(`there is no ${kind} ${name}`)
  return found
}
const pods = all.flatMap((one) => {
  const template = templateOf(one)
  return template ? [{ one, template, name: `${one.kind} ${one.metadata.name}` }] : []
})
const containers = pods.flatMap(({ template, name }) =>
  template.spec.containers.map((container) => ({ container, spec: template.spec, name })),
)
const serviceOf = (container: Container): ServiceName | undefined => SERVICES.find((one) => one === container.name)

/** The probes tell seconds; this is how long one may fail. */
const worstS = (probe: Container['livenessProbe']): number =>
  probe ? probe.failureThreshold * (probe.periodSeconds + probe.timeoutSeconds) : Number.NaN

function memoryMi(text: string): number {
  const parts = /^(\d+)(Mi|Gi)$/.exec(text)
  if (!parts) throw new Error(`${text} is no memory`)
  return Number(parts[1]) * (parts[2] === 'Gi' ? 1024 : 1)
}

describe('the manifests', () => {
  it('are all there, numbered, each in the namespace, no name twice', () => {
    expect(all.length).toBeGreaterThan(30)
    expect(all.filter((one) => !/^(?:\d\d-|by-hand\/)[a-z-]+\.yaml$/.test(one.file))).toEqual([])
    const lost = all.filter((one) => one.kind !== 'Namespace' && one.metadata.namespace !== 'greengate-reference')
    expect(lost.map((one) => one.metadata.name)).toEqual([])
    const names = all.map((one) => `${one.kind} ${one.metadata.name}`)
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
  })

  it('use versions of the API that are there since Kubernetes 1.30', () => {
    const versions = new Set(all.map((one) => `${one.apiVersion} ${one.kind}`))
    expect([...versions].toSorted()).toEqual([
      'apps/v1 Deployment',
      'autoscaling/v2 HorizontalPodAutoscaler',
      'batch/v1 CronJob',
      'batch/v1 Job',
      'networking.k8s.io/v1 Ingress',
      'networking.k8s.io/v1 NetworkPolicy',
      'policy/v1 PodDisruptionBudget',
      'v1 ConfigMap',
      'v1 Namespace',
      'v1 Service',
      'v1 ServiceAccount',
    ])
  })

  it('ask the cluster to refuse what is not restricted', () => {
    expect(named('Namespace', 'greengate-reference').metadata.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    })
  })
})

describe.each(SERVICES)('%s', (service) => {
  const deployment = named('Deployment', service)
  const template = templateOf(deployment)!
  const container = template.spec.containers[0]!
  const environment = environmentOf(container, all)

  it('is told nothing that it does not know, and everything that it needs', () => {
    const registry = registryOf(service)
    expect(Object.keys(environment).filter((name) => variableOf(registry, name) === null)).toEqual([])
    expect(missingVariables(registry, Object.keys(environment), 'production')).toEqual([])
    expect(environment).toMatchObject({ APP_ENV: 'production', HOST: '0.0.0.0' })
  })

  it('gets its secrets from files alone', () => {
    const registry = registryOf(service)
    const open = Object.keys(environment).filter((name) => registry[name]?.secret)
    expect(open).toEqual([])
    const files = Object.entries(environment).filter(([name]) => !(name in registry))
    for (const [, path] of files) expect(path).toMatch(/^\/run\/secrets\/greengate\/[A-Z0-9_]+$/)
    const mounts = container.volumeMounts.filter((one) => one.mountPath === '/run/secrets/greengate')
    expect(mounts.map((one) => one.readOnly)).toEqual(files.length > 0 ? [true] : [])
    const secrets = template.spec.volumes.flatMap((one) => one.secret?.secretName ?? [])
    expect(secrets).toEqual(files.length > 0 ? [service] : [])
  })

  it('listens where it is asked: port, probes, scrape and service agree', () => {
    const port = Number(environment['PORT'])
    expect(container.ports).toEqual([{ name: 'http', containerPort: port }])
    for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe])
      expect(probe?.httpGet.port).toBe('http')
    expect(container.startupProbe?.httpGet.path).toBe('/health')
    expect(container.livenessProbe?.httpGet.path).toBe('/health')
    expect(container.readinessProbe?.httpGet.path).toBe('/ready')
    const spec = named('Service', service).spec as unknown as { ports: unknown; selector: unknown; type: string }
    expect(spec).toMatchObject({ type: 'ClusterIP', ports: [{ name: 'http', port, targetPort: 'http' }] })
    expect(spec.selector).toEqual({ 'app.kubernetes.io/name': service })
    const { annotations } = template.metadata as unknown as { annotations: Record<string, string> }
    expect(annotations).toMatchObject({ 'prometheus.io/port': String(port), 'prometheus.io/path': '/metrics' })
  })

  it('is replaced without a gap, and given the time that its drain takes', () => {
    const { strategy } = deployment.spec as unknown as { strategy: unknown }
    expect(strategy).toEqual({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } })
    const sleepS = container.lifecycle?.preStop.sleep.seconds ?? 0
    // What the kit takes at most: 200 ms of accepting, 8 s for what is under way, 2 s for telemetry.
    const drainS = 0.2 + 8 + 2
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(sleepS + drainS)
    // Not ready is noticed before the sleep is over would be luck; the sleep is for the tables of the nodes.
    expect(sleepS).toBeGreaterThanOrEqual(5)
  })

  it('is given up later than a slow start, and taken out sooner than it is killed', () => {
    // The longest that a start waits for its database.
    expect(worstS(container.startupProbe)).toBeGreaterThan(6 * 2)
    expect(worstS(container.readinessProbe)).toBeLessThan(worstS(container.livenessProbe))
  })

  it('has a disruption budget, an autoscaler and a spread', () => {
    const selector = { matchLabels: { 'app.kubernetes.io/name': service } }
    expect(named('PodDisruptionBudget', service).spec).toMatchObject({ maxUnavailable: 1, selector })
    const scaler = named('HorizontalPodAutoscaler', service).spec as unknown as Record<string, number>
    expect(scaler).toMatchObject({ scaleTargetRef: { kind: 'Deployment', name: service } })
    expect(scaler['minReplicas']).toBeGreaterThanOrEqual(2)
    expect(scaler['maxReplicas']).toBeGreaterThan(scaler['minReplicas'] ?? 0)
    // Two truths about the number of pods would undo each other.
    expect(deployment.spec).not.toHaveProperty('replicas')
    const keys = template.spec.topologySpreadConstraints?.map((one) => one.topologyKey)
    expect(keys).toEqual(['kubernetes.io/hostname', 'topology.kubernetes.io/zone'])
  })

  it('has a policy for what it may reach and who may reach it', () => {
    const spec = named('NetworkPolicy', service).spec as unknown as { policyTypes: string[]; podSelector: unknown }
    expect(spec.policyTypes).toEqual(['Ingress', 'Egress'])
    expect(spec.podSelector).toEqual({ matchLabels: { 'app.kubernetes.io/name': service } })
  })
})

describe('every pod', () => {
  it.each(pods)('$name is not root, has no token and writes nowhere but into volumes', ({ template, one }) => {
    const { spec } = template
    expect(spec.automountServiceAccountToken).toBe(false)
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
    expect(spec.securityContext.runAsUser).toBeGreaterThan(0)
    expect(named('ServiceAccount', spec.serviceAccountName).automountServiceAccountToken).toBe(false)
    const mounted = new Set(spec.volumes.map((volume) => volume.name))
    for (const container of spec.containers) {
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      expect(container.volumeMounts.filter((mount) => !mounted.has(mount.name))).toEqual([])
    }
    const unbounded = spec.volumes.filter((volume) => volume.emptyDir && !volume.emptyDir.sizeLimit)
    expect(unbounded).toEqual([])
    // `named` throws for one that is not there.
    for (const volume of spec.volumes) if (volume.configMap) named('ConfigMap', volume.configMap.name)
    expect(spec.restartPolicy).toBe(one.kind === 'Deployment' ? undefined : 'Never')
  })

  it.each(containers)('$name: limits, an exact image, an environment it knows', ({ container }) => {
    expect(container.image).toMatch(/^greengate\/reference-[a-z]+:\d+\.\d+\.\d+$/)
    const { requests, limits } = container.resources
    expect(memoryMi(limits.memory)).toBeGreaterThan(memoryMi(requests.memory))
    expect(String(limits.cpu)).toMatch(/^\d+m?$/)
    const service = serviceOf(container)
    if (!service) return
    const names = Object.keys(environmentOf(container, all))
    expect(names.filter((name) => variableOf(registryOf(service), name) === null)).toEqual([])
    expect(missingVariables(registryOf(service), names, 'production')).toEqual([])
  })

  it('has a policy of its own, beside the one that denies everything', () => {
    const denied = named('NetworkPolicy', 'default-deny').spec
    expect(denied).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] })
    const policies = new Set(ofKind('NetworkPolicy').map((one) => one.metadata.name))
    const without = pods.filter(
      ({ template }) => !policies.has(template.metadata.labels['app.kubernetes.io/name'] ?? ''),
    )
    expect(without.map((one) => one.name)).toEqual([])
  })
})

describe('the way in', () => {
  it('is the gateway and nothing else', () => {
    const backends = JSON.stringify(named('Ingress', 'gateway').spec).match(/"service":\{"name":"[a-z]+"/g)
    expect(backends).toEqual(['"service":{"name":"gateway"'])
    const open = ofKind('NetworkPolicy').filter((one) => JSON.stringify(one.spec).includes('ingress-nginx'))
    expect(open.map((one) => one.metadata.name)).toEqual(['gateway'])
  })

  it('leads only to services that are there, at their ports', () => {
    const wrong = SERVICES.flatMap((service) => {
      const data = named('ConfigMap', service).data ?? {}
      return Object.entries(data).flatMap(([name, value]) => {
        const target = /^http:\/\/([a-z]+):(\d+)$/.exec(value)
        if (!target) return []
        const port = named('ConfigMap', target[1] ?? '').data?.['PORT']
        return port === target[2] ? [] : [`${service}: ${name} is ${value}`]
      })
    })
    expect(wrong).toEqual([])
  })
})

describe('the databases', () => {
  it('are migrated before, by a login of its own', () => {
    for (const service of ['platform', 'content']) {
      const { containers: list, volumes } = templateOf(named('Job', `${service}-migrate`))!.spec
      expect(list[0]?.command).toEqual(['node', 'src/migrate.ts'])
      const sources = volumes.find((volume) => volume.projected)?.projected?.sources.map((one) => one.secret.name)
      expect(sources).toEqual([`${service}-migrate`, service])
    }
  })

  it('have connections for as many processes as there may be', () => {
    // What compose.yaml and docs/deployment.md give PostgreSQL, less what superusers, migrations and backups need.
    const connectionsMax = 200 - 20
    const needed = ['platform', 'content', 'worker'].map((service) => {
      const scaler = named('HorizontalPodAutoscaler', service).spec as unknown as { maxReplicas: number }
      const own = Number(named('ConfigMap', service).data?.['DATABASE_CONNECTIONS_MAX'])
      // One more of each while a release replaces them.
      // The worker has two pools: one for what jobs do, one for the queue itself.
      return (scaler.maxReplicas + 1) * own * (service === 'worker' ? 2 : 1)
    })
    expect(needed.every((one) => one > 0)).toBe(true)
    expect(needed.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(connectionsMax)
  })
})
