import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { TestPostgres } from '@greengate/kit/testing'
import pg from 'pg'
import { operations, programOf } from './operations-files.ts'

export const ROLES = join(operations, 'compose/postgres/roles.sql')
/** Of every login. */
const PASSWORD = 'only-7Ga-for-2Qx-this-9Zt-test'

/** A database with the logins that roles.sql makes. */
export interface DatabaseWithLogins {
  /** Address for one of its logins, without the name of the service: `owner`, `app`, `worker`, `backup`. */
  urlOf(role: string): string
}

/** Makes an empty database and runs roles.sql in it with psql (Debian: postgresql-client). */
export async function databaseWithLogins(
  postgres: TestPostgres,
  service: 'platform' | 'content',
): Promise<DatabaseWithLogins> {
  const href = await postgres.database()
  const settings = ['ON_ERROR_STOP=1', `service=${service}`, `worker=${service === 'platform' ? 'on' : 'off'}`]
  const options = settings.flatMap((one) => ['-v', one])
  const psql = programOf('psql', 'postgresql-client')
  execFileSync(psql, ['--no-psqlrc', '--quiet', '--tuples-only', ...options, '-f', ROLES, href])
  const admin = new pg.Client({ connectionString: href })
  await admin.connect()
  try {
    for (const role of ['owner', 'app', 'backup', ...(service === 'platform' ? ['worker'] : [])])
      await admin.query(`alter role ${service}_${role} password '${PASSWORD}'`)
  } finally {
    await admin.end()
  }
  return {
    urlOf: (role) => {
      const url = new URL(href)
      url.username = `${service}_${role}`
      url.password = PASSWORD
      return url.href
    },
  }
}
