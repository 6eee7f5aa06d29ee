export { Bulkhead, BulkheadFullError } from './bulkhead.ts'
export { type KnownValue, LastKnownGood, type LastKnownGoodOptions } from './last-known-good.ts'
