export { startPostgres, type TestPostgres } from './postgres.ts'
export { startRedis, type TestRedis } from './redis.ts'
