import { z } from 'zod'

export const GATES = ['code', 'merge', 'deploy', 'rollout', 'watch', 'operate', 'handoff'] as const
export type Gate = (typeof GATES)[number]

/** How a control is proved, see controls.md. */
export const PROOFS = [
  'repo',
  'artifact',
  'boot',
  'probe',
  'drill',
  'data',
  'telemetry',
  'rollout',
  'browser',
  'record',
] as const
export type Proof = (typeof PROOFS)[number]

/** What makes evidence stale when it changes. */
export const BINDS = ['tree', 'artifact', 'config', 'environment', 'service'] as const
export type Bind = (typeof BINDS)[number]

/** What a control is judged on. */
export const TARGET_KINDS = ['component', 'edge', 'system', 'environment', 'team'] as const
export type TargetKind = (typeof TARGET_KINDS)[number]

/** The five readiness documents that the product merges, each a named selection of controls. */
export const STANDARDS = {
  G: 'green-gate',
  C: 'launch-checklist',
  S: 'quality-gates',
  R: 'readiness-guide',
  F: 'production-framework',
} as const
export type StandardKey = keyof typeof STANDARDS
export type StandardName = (typeof STANDARDS)[StandardKey]

export const FAMILIES = {
  CFG: 'Configuration and environments',
  SCR: 'Secrets',
  ERR: 'Error handling',
  RES: 'Resilience',
  OBS: 'Observability',
  SEC: 'Security',
  SUP: 'Supply chain and pipeline',
  DAT: 'Data',
  API: 'Contract',
  PRF: 'Performance',
  DEP: 'Deployment',
  OPS: 'Operations and documents',
  QLT: 'Code quality',
  CMP: 'Compliance',
} as const
export type Family = keyof typeof FAMILIES

export type ControlId = `${Family}-${string}`
export const controlIdSchema = z.custom<ControlId>(
  (value) =>
    typeof value === 'string' && /^(CFG|SCR|ERR|RES|OBS|SEC|SUP|DAT|API|PRF|DEP|OPS|QLT|CMP)-\d{2}$/.test(value),
  { message: 'is not the id of a control, such as CFG-01' },
)

/** Objects whose absence makes a control not applicable. A fact of this name must say so: see facts.ts. */
export const FACT_NAMES = [
  'database',
  'cache',
  'queue',
  'upstream',
  'http',
  'openapi',
  'sign-in',
  'browser-client',
  'lockfile',
  'pipeline',
  'tests',
  'git',
  'metrics',
  'third-party-credential',
  'deploy-adapter',
  'optional-dependency',
  'required-variables',
  'container',
  /** Anything that the service connects to: database, cache, queue or upstream. */
  'dependency',
  'signed-tokens',
  'cms',
  'object-storage',
  'webhook',
  'push',
  'uploads',
  'tenants',
  'api-keys',
  'single-sign-on',
  'provisioning',
  'personal-data',
  'usage-metering',
  'billing',
  'payments',
  'mobile-client',
] as const
export type FactName = (typeof FACT_NAMES)[number]

/** One row of the catalogue: data only. What proves it stands beside it in judge.ts and observe.ts. */
export interface Control {
  readonly id: ControlId
  /** One sentence that is true or false of a service. */
  readonly title: string
  /** What happens to people who do without, with the incident where one is known. */
  readonly why: string
  /** What to do about a red, in the order in which to do it. */
  readonly fix: string
  readonly gates: readonly Gate[]
  /** The standards that ask for it; empty: only post-mortems do (`+`). */
  readonly standards: readonly StandardKey[]
  readonly proof: readonly Proof[]
  readonly scope: readonly TargetKind[]
  readonly binds: readonly Bind[]
  /** Evidence older than this is expired; seconds. */
  readonly maxAgeS: number
  /** The control needs this object to exist; without it, it is not applicable. */
  readonly objectFact?: FactName
  /** Default parameters, in the judge's own shape; standards and policies override them key by key. */
  readonly params: { readonly [key: string]: import('./json.ts').Json }
  /** Parameters that one standard asks for where it differs from the default. */
  readonly standardParams?: Partial<Record<StandardKey, { readonly [key: string]: import('./json.ts').Json }>>
}
