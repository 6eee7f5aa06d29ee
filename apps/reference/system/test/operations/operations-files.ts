import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'

export const reference = join(import.meta.dirname, '..', '..', '..')
export const operations = join(reference, 'operations')
export const repository = join(reference, '..', '..')

export const SERVICES = ['gateway', 'platform', 'content', 'worker', 'web'] as const
export type ServiceName = (typeof SERVICES)[number]

/** What a service says of its variables. */
export interface RegistryEntry {
  readonly required: boolean
  readonly requiredIn?: readonly string[]
  readonly secret: boolean
  readonly format: string
  readonly pattern?: string
}
export type Registry = Readonly<Record<string, RegistryEntry>>

export function registryOf(service: ServiceName): Registry {
  return JSON.parse(readFileSync(join(reference, service, 'env.registry.json'), 'utf8')) as Registry
}

/** A variable, or `<NAME>_FILE` of a secret one; null when the service knows neither. */
export function variableOf(registry: Registry, name: string): string | null {
  if (name in registry) return name
  const bare = name.replace(/_FILE$/, '')
  return bare !== name && registry[bare]?.secret ? bare : null
}

/** Required variables that none of the names gives. */
export function missingVariables(registry: Registry, names: readonly string[], environment: string): string[] {
  const given = new Set(names.map((name) => variableOf(registry, name)))
  return Object.entries(registry)
    .filter(([, one]) => one.required || one.requiredIn?.includes(environment))
    .map(([name]) => name)
    .filter((name) => !given.has(name))
}

export interface ComposeService {
  readonly image: string
  readonly build?: { readonly context: string; readonly dockerfile: string }
  readonly command?: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly profiles?: readonly string[]
  readonly user?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly volumes?: readonly string[]
  readonly tmpfs?: readonly string[]
  readonly ports?: readonly string[]
  readonly networks?: readonly string[]
  readonly network_mode?: string
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly cap_add?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly restart?: string
  readonly stop_grace_period?: string
  readonly deploy?: { readonly resources: { readonly limits: { readonly cpus: string; readonly memory: string } } }
}
export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
}

/** `256Mi`, `256m` and `256M` to bytes: Kubernetes says Mi, Compose means it. @throws Error for what is no size */
export function bytesOf(text: string): number {
  const parts = /^(\d+)(?:([mMgG])i?)?$/.exec(text)
  if (!parts) throw new Error(`${text} is no size`)
  const unit = parts[2]?.toLowerCase()
  return Number(parts[1]) * (unit === 'g' ? 1_073_741_824 : unit === 'm' ? 1_048_576 : 1)
}

export function compose(): Compose {
  return parse(readFileSync(join(operations, 'compose.yaml'), 'utf8'), { merge: true }) as Compose
}

/** One Kubernetes object, as loosely as it is written. */
export interface Manifest {
  readonly file: string
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Record<string, string> }
  readonly data?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, never>>
  readonly automountServiceAccountToken?: boolean
}

/**
 * All objects of all files, in the order in which they are applied, and then what is applied by hand (`by-hand/<name>.yaml`).
 * @throws Error for YAML that is none
 */
export function manifests(): readonly Manifest[] {
  const folder = join(operations, 'kubernetes')
  const byHand = readdirSync(join(folder, 'by-hand')).map((name) => join('by-hand', name))
  return [...readdirSync(folder), ...byHand]
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .flatMap((file) =>
      parseAllDocuments(readFileSync(join(folder, file), 'utf8'), { uniqueKeys: true }).map((document) => {
        if (document.errors.length > 0) throw new Error(`${file}: ${document.errors[0]?.message ?? ''}`)
        return { file, ...(document.toJS() as Omit<Manifest, 'file'>) }
      }),
    )
}

export interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string | number; readonly scheme?: string }
  readonly periodSeconds: number
  readonly timeoutSeconds: number
  readonly failureThreshold: number
}
export interface Container {
  readonly name: string
  readonly image: string
  readonly command?: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value?: string }[]
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } }
  readonly resources: Readonly<
    Record<'requests' | 'limits', { readonly cpu: string | number; readonly memory: string }>
  >
  readonly securityContext: {
    readonly allowPrivilegeEscalation: boolean
    readonly readOnlyRootFilesystem: boolean
    readonly capabilities: { readonly drop: readonly string[] }
  }
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[]
}
export interface Volume {
  readonly name: string
  readonly configMap?: { readonly name: string }
  readonly secret?: { readonly secretName: string }
  readonly emptyDir?: { readonly sizeLimit?: string }
  readonly projected?: {
    readonly sources: readonly {
      readonly secret: {
        readonly name: string
        readonly items?: readonly { readonly key: string; readonly path: string }[]
      }
    }[]
  }
  readonly persistentVolumeClaim?: { readonly claimName: string }
}
export interface PodSpec {
  readonly serviceAccountName: string
  readonly automountServiceAccountToken: boolean
  readonly terminationGracePeriodSeconds: number
  readonly restartPolicy?: string
  readonly topologySpreadConstraints?: readonly { readonly topologyKey: string }[]
  readonly securityContext: {
    readonly runAsNonRoot: boolean
    readonly runAsUser: number
    readonly seccompProfile: { readonly type: string }
  }
  readonly containers: readonly Container[]
  readonly volumes: readonly Volume[]
}

interface Template {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> }
  readonly spec: PodSpec
}

/** The pods that an object makes; null when it makes none. */
export function templateOf(manifest: Manifest): Template | null {
  const spec = manifest.spec as unknown as {
    template?: Template
    jobTemplate?: { spec: { template: Template } }
  }
  return spec?.template ?? spec?.jobTemplate?.spec.template ?? null
}

/** Names that a container's environment has, from its config maps and its own list. */
export function environmentOf(container: Container, all: readonly Manifest[]): Readonly<Record<string, string>> {
  const maps = (container.envFrom ?? []).map(({ configMapRef: { name } }) => {
    const found = all.find((one) => one.kind === 'ConfigMap' && one.metadata.name === name)
    if (!found) throw new Error(`there is no config map ${name}`)
    return found.data ?? {}
  })
  const own = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value ?? '']))
  return Object.assign({}, ...maps, own) as Record<string, string>
}

export function read(...path: string[]): string {
  return readFileSync(join(operations, ...path), 'utf8')
}

/** The first of the folders of PATH that has the program. @throws Error with the one command that installs it */
export function programOf(name: string, debianPackage: string): string {
  const folders = (process.env['PATH'] ?? '').split(':').filter(Boolean)
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file))
  if (found === undefined) throw new Error(`There is no ${name} here. Install it: apt-get install ${debianPackage}`)
  return found
}
