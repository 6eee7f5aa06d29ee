export { type LoadedConfig, type LoadOptions, loadConfig, findConfig } from './load.ts'
export { parseConfig } from './validate.ts'
export { canonicalJson } from './canonical.ts'
