export { type FlagCondition, type FlagDefinition, type FlagRule, type FlagValue } from './definition.ts'
export { type FlagErrorCode, type FlagKind, type FlagReason, type FlagResolution } from './evaluate.ts'
export { type FlagEvent, type FlagProblem, type FlagStatus, FlagStore, type FlagStoreOptions } from './flag-store.ts'
export {
  createKillSwitches,
  type FeatureOptions,
  killSwitchErrors,
  type KillSwitches,
  type KillSwitchOptions,
  type SwitchSource,
  type SwitchState,
  type UnavailableCode,
} from './kill-switches.ts'
export { createFlagProvider, FlagProviderError } from './openfeature-provider.ts'
export { createPostgresFlags, flagsSchemaSql, type FlagSource, type PostgresFlagsOptions } from './postgres-flags.ts'
export { bucketOf, type FlagContext } from './rules.ts'
export { createStaticFlags, flagsFromEnvironment, type StaticFlags, switchValue } from './static-flags.ts'
