export { AdaptiveLimit, type AdaptiveLimitOptions } from './adaptive-limit.ts'
export {
  type AddressedRequest,
  ClientAddress,
  type ClientAddressOptions,
  type ClientLocation,
  createClientAddress,
} from './client-address.ts'
export {
  admits,
  type Allowed,
  type LimitState,
  type LimitTake,
  type RateDecision,
  type Refused,
  type StoreFailurePolicy,
  type StoreUnavailable,
} from './decision.ts'
export { GcraLimiter, type GcraLimiterOptions } from './gcra-limiter.ts'
export {
  type LoadPriority,
  LoadShedder,
  type LoadShedderEvent,
  type LoadShedderOptions,
  type LoadState,
} from './load-shedder.ts'
export { MemoryRateLimitStore, type MemoryRateLimitStoreOptions } from './memory-store.ts'
export { type PostgresQuery, type PostgresStatement, rowsQuery } from './postgres-query.ts'
export {
  postgresRateLimitSchema,
  PostgresRateLimitStore,
  type PostgresRateLimitStoreOptions,
} from './postgres-store.ts'
export { RateLimitFields } from './rate-limit-fields.ts'
export { defineRateLimit, type RateLimit, type RateLimitOptions } from './rate-limit.ts'
export { type LimitKeys, RateLimiter, type RateLimiterEvent, type RateLimiterOptions } from './rate-limiter.ts'
export { ioRedis, nodeRedis, type RedisCommands } from './redis-commands.ts'
export { RedisRateLimitStore, type RedisRateLimitStoreOptions } from './redis-store.ts'
export { type LockoutStep, type SignInAttempt, SignInLockout, type SignInLockoutOptions } from './sign-in-lockout.ts'
export { type StoreEvent, type StoreGuardOptions, StoreUnavailableError } from './store-guard.ts'
export type { RateLimitStore } from './store.ts'
export {
  fieldBytes,
  fieldInteger,
  fieldItem,
  fieldString,
  type FieldValue,
  parseFieldString,
} from './structured-field.ts'
