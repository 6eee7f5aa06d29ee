export { createRandom, createSystemClock } from './clock.ts'
export { createTestbed, type TestbedHandle, type TestbedOptions } from './testbed.ts'
export { reap } from './lifeline.ts'
export {
  createPositiveBed,
  type BedTree,
  type PositiveBedHandle,
  type PositiveBedOptions,
  type ServiceContextPlan,
} from './positive-bed.ts'
export { sentinelConfig, sentinelDir } from '../sentinel/config.ts'
