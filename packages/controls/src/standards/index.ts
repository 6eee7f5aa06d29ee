export {
  adopt,
  BASELINE,
  baselinePolicy,
  BUILT_IN_EXPIRES,
  coverage,
  POLICIES,
  policyByName,
  standardPolicy,
} from './policies.ts'
export { stricterValue, strictnessOf, type Stricter } from './strictness.ts'
