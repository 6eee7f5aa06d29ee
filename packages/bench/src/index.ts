export { createRandom, createSystemClock } from './clock.ts'
export { createTestbed, type TestbedHandle, type TestbedOptions } from './testbed.ts'
export { Lifeline, reap } from './lifeline.ts'
export { MARKER } from './proc.ts'
export { userStateDir } from './user-state.ts'
export {
  createPositiveBed,
  type BedTree,
  type PositiveBedHandle,
  type PositiveBedOptions,
  type ServiceContextPlan,
} from './positive-bed.ts'
export { sentinelConfig, sentinelDir } from '../sentinel/config.ts'
