export {
  Idempotency,
  type IdempotencyLease,
  type IdempotencyOptions,
  type IdempotencyState,
  type IdempotentAnswer,
  type IdempotentRequest,
} from './idempotency.ts'
export { type ParsedIdempotencyKey, parseIdempotencyKey } from './idempotency-key.ts'
export { MemoryIdempotencyStore, type MemoryIdempotencyStoreOptions } from './memory-store.ts'
export {
  postgresIdempotencySchema,
  PostgresIdempotencyStore,
  type PostgresIdempotencyStoreOptions,
} from './postgres-store.ts'
export { RedisIdempotencyStore, type RedisIdempotencyStoreOptions } from './redis-store.ts'
export { idempotencyKeyRefusal, idempotencyRefusal } from './refusals.ts'
export { createReplayStore, type ReplayStore } from './replay-store.ts'
export { type IdempotencyStore, IdempotencyStoreError, type StoredState } from './store.ts'
export type { StoredAnswer } from './stored-answer.ts'
// The ports, and the error of a store that is down, that these stores share with those of rate limits.
export { type PostgresQuery, type PostgresStatement, rowsQuery } from '../limits/postgres-query.ts'
export { type StoreGuardOptions, StoreUnavailableError } from '../limits/store-guard.ts'
export { ioRedis, nodeRedis, type RedisCommands } from '../limits/redis-commands.ts'
