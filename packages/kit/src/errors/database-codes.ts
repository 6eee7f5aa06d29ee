import { fieldOf } from './thrown-fields.ts'

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'ETIMEDOUT',
])
// PostgreSQL 18, appendix A. Class 08: connection; 53: out of connections, memory, disk; 57P01-05: the server stops,
// starts or ended the session; 25006: this one has become a replica.
const SERVER_GONE = /^(?:08...|57P0[1-5]|53...|25006)$/
// 57014: cancelled by statement_timeout; 55P03: lock_timeout; 25P03, 25P04: idle in transaction, transaction timeout.
const SERVER_SLOW = /^(?:57014|55P03|25P0[34])$/
// 40001: serialisation failure; 40P01: deadlock.
const SERVER_BUSY = /^(?:40001|40P01)$/
const DRIVER_SLOW =
  /^(?:query read timeout|timeout exceeded when trying to connect|connection terminated due to connection timeout|timeout expired)$/i
const DRIVER_GONE =
  /^(?:connection terminated(?: unexpectedly)?$|client has encountered a connection error|client was closed|cannot use a pool after|the server does not support|there was an error establishing an ssl)/i

export type DatabaseErrorCode = 'database_timeout' | 'database_unavailable' | 'database_contention'

/**
 * The code of a database error, or null for what does not come from the way to the database. A bare system error, such
 * as `ECONNREFUSED`, counts as the database's: what comes from an upstream has undici's or fetch's mark.
 */
export function databaseErrorCode(error: unknown): DatabaseErrorCode | null {
  const code = fieldOf(error, 'code')
  const message = fieldOf(error, 'message')
  if (SERVER_SLOW.test(code) || DRIVER_SLOW.test(message)) return 'database_timeout'
  if (SERVER_GONE.test(code) || DRIVER_GONE.test(message)) return 'database_unavailable'
  if (SERVER_BUSY.test(code)) return 'database_contention'
  return UNREACHABLE.has(code) ? 'database_unavailable' : null
}
