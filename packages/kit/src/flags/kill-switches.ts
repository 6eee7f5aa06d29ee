import type { ErrorEntry } from '../errors/registry.ts'
import { ServiceError } from '../errors/service-error.ts'
import type { FlagStore } from './flag-store.ts'
import type { FlagContext } from './rules.ts'
import { switchValue } from './static-flags.ts'

/** A feature that can be switched off. */
export interface FeatureOptions {
  /** What happens while the flag is unknown: not loaded, not found, malformed. Chosen per feature, so without a default. */
  readonly whenUnknown: 'on' | 'off'
  /** Key of the boolean flag. Default: the feature's name. */
  readonly flag?: string
  /** Variable of the environment that switches it off with a restart. Default `FEATURE_` and the name in capitals. */
  readonly variable?: string
  /** Sent as Retry-After while it is off; seconds. Default 300. */
  readonly retryAfterS?: number
  /** Shown to callers while it is off. Default "This feature is switched off for now." */
  readonly message?: string
}

type Features = Readonly<Record<string, FeatureOptions>>
/** The code that a feature answers with while it is off. */
export type UnavailableCode<Name extends string> = `${Name}_unavailable`

const NAME = /^[a-z][a-z0-9_]{0,34}$/

function checkNames(features: Features): void {
  for (const name of Object.keys(features))
    if (!NAME.test(name))
      throw new RangeError(
        `feature ${JSON.stringify(name)}: expected 1 to 35 lower case letters, digits and underscores, since its error code is <feature>_unavailable`,
      )
}

/**
 * The entries for `defineErrors`: 503, retriable, one code per feature.
 * @throws RangeError for a name that makes no error code, or a Retry-After below one second
 * @example const errors = defineErrors({ ...killSwitchErrors(features), ...own })
 */
export function killSwitchErrors<const F extends Features>(
  features: F,
): { readonly [Name in keyof F & string as UnavailableCode<Name>]: ErrorEntry } {
  checkNames(features)
  const entries: Record<string, ErrorEntry> = {}
  for (const [name, feature] of Object.entries(features)) {
    const retryAfterS = feature.retryAfterS ?? 300
    if (!(retryAfterS >= 1))
      throw new RangeError(`feature ${name}: expected retryAfterS of 1 second or more, got ${retryAfterS}`)
    entries[`${name}_unavailable`] = {
      class: 'Network',
      status: 503,
      retriable: true,
      retryAfterS,
      message: feature.message ?? 'This feature is switched off for now.',
      fix: 'Everything else works. Try again as Retry-After says.',
    }
  }
  return entries as { [Name in keyof F & string as UnavailableCode<Name>]: ErrorEntry }
}

/** Who switched a feature off, or why it is on. */
export type SwitchSource = 'environment' | 'flag' | 'default'

export interface SwitchState {
  readonly on: boolean
  readonly source: SwitchSource
}

export interface KillSwitches<Name extends string> {
  /** Whether the feature is on. Hot path: nothing waits. */
  isOn(feature: Name, context?: FlagContext): boolean
  /** @throws ServiceError `<feature>_unavailable` while it is off */
  require(feature: Name, context?: FlagContext): void
  /** Runs `work` when the feature is on. @throws ServiceError `<feature>_unavailable` while it is off */
  guard<T>(feature: Name, work: () => T, context?: FlagContext): T
  /** All of them, for a status page or gauges. */
  states(): Readonly<Record<Name, SwitchState>>
}

export interface KillSwitchOptions<F extends Features> {
  /** Where the flags are, `source.store`. */
  readonly flags: Pick<FlagStore, 'boolean'>
  readonly features: F
  /** Variables, read once, now: a change needs a restart. Default: none. */
  readonly environment?: Readonly<Record<string, string | undefined>>
}

interface Switch {
  readonly name: string
  readonly flag: string
  readonly isOffByEnvironment: boolean
  readonly whenUnknown: boolean
}

/**
 * Switches features off at once by a flag, or by the environment with a restart (CFG-13). Off wins: a feature is on
 * when the environment does not say off and the flag says on. While the flag is unknown, the feature's own `whenUnknown`
 * counts. Nothing else of the service changes.
 * @throws RangeError for a name that makes no error code, or a variable that says neither on nor off
 * @example
 * const switches = createKillSwitches({ flags: source.store, features: { concierge: { whenUnknown: 'on' } } })
 * switches.require('concierge') // throws ServiceError concierge_unavailable while it is off
 */
export function createKillSwitches<const F extends Features>(
  options: KillSwitchOptions<F>,
): KillSwitches<keyof F & string> {
  type Name = keyof F & string
  checkNames(options.features)
  const switches = new Map<string, Switch>()
  for (const [name, feature] of Object.entries(options.features)) {
    const variable = feature.variable ?? `FEATURE_${name.toUpperCase()}`
    switches.set(name, {
      name,
      flag: feature.flag ?? name,
      isOffByEnvironment: switchValue(variable, options.environment?.[variable]) === false,
      whenUnknown: feature.whenUnknown === 'on',
    })
  }
  const { flags } = options
  const find = (feature: string): Switch => {
    const one = switches.get(feature)
    if (!one) throw new RangeError(`feature ${JSON.stringify(feature)} is not declared: add it to features`)
    return one
  }
  const isOn = (feature: string, context?: FlagContext): boolean => {
    const one = find(feature)
    return !one.isOffByEnvironment && (flags.boolean(one.flag, context) ?? one.whenUnknown)
  }
  const required = (feature: string, context?: FlagContext): void => {
    if (!isOn(feature, context)) throw new ServiceError(`${feature}_unavailable`)
  }
  const stateOf = (one: Switch): SwitchState => {
    if (one.isOffByEnvironment) return { on: false, source: 'environment' }
    const value = flags.boolean(one.flag)
    return value === null ? { on: one.whenUnknown, source: 'default' } : { on: value, source: 'flag' }
  }
  return {
    isOn,
    require: required,
    guard: (feature, work, context) => {
      required(feature, context)
      return work()
    },
    states: () =>
      Object.fromEntries([...switches.values()].map((one) => [one.name, stateOf(one)])) as Record<Name, SwitchState>,
  }
}
