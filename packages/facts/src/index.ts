export { contradict, detectFacts, type DetectOptions, type RuntimeSight } from './detect-facts.ts'
export { discover, type Discovery, type Found } from './discover.ts'
export { type ConfigFormat, renderConfig, writeConfig } from './write-config.ts'
export { hints } from './hints.ts'
