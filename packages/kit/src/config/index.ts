export { ConfigError, type ConfigProblem } from './config-error.ts'
export { describeConfig, type DescribedValue, type ValueSource } from './describe-config.ts'
export { parseEnvFile, readEnvFile } from './env-file.ts'
export { checkEnvironmentLock, type EnvironmentLock, type RuntimeLock } from './environment-lock.ts'
export { configurationReference, exampleEnv, registryJson, type VariableRecord } from './export-registry.ts'
export { loadConfig, type LoadOptions, secretsOf } from './load-config.ts'
export { nodeVersionSatisfies } from './node-version.ts'
export { entropyBits, isPlaceholder, weakness } from './placeholder.ts'
export {
  type ConfigChange,
  createReloadable,
  type Reloadable,
  type ReloadableOptions,
  type ReloadOutcome,
  type SignalHost,
} from './reloadable.ts'
export { secretFingerprints } from './secret-fingerprints.ts'
export { type ReadSmallFile, readSmallFile } from './small-file.ts'
export {
  type ConfigOf,
  defineVariables,
  type KeyKinds,
  type Registry,
  type Variable,
  type VariableFormat,
} from './variable.ts'
