// Goal: a statement is cancelled also where the session is encrypted, and then encrypted; where nobody can be reached that
// is said in time. Method: a real server whose TLS is switched on with a certificate made on the spot.
import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runInRequest } from '../context/index.ts'
import { testCertificate } from '../edge/testing-certificate.ts'
import { Deadline } from '../resilience/index.ts'
import { startPostgres, type TestPostgres } from '../testing/index.ts'
import { cancelStatement } from './cancel-statement.ts'
import { Database } from './database.ts'

let postgres: TestPostgres
let url = ''
let folder = ''
const { key, cert } = testCertificate('localhost')

beforeAll(async () => {
  postgres = await startPostgres()
  url = await postgres.database()
  folder = mkdtempSync(join(tmpdir(), 'tls-'))
  writeFileSync(join(folder, 'ca.pem'), cert)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ data_directory: string }>('show data_directory')
  const home = rows[0]?.data_directory ?? ''
  const { uid, gid } = statSync(home)
  for (const [name, text] of [
    ['server.crt', cert],
    ['server.key', key],
  ] as const) {
    writeFileSync(join(home, name), text, { mode: 0o600 })
    chownSync(join(home, name), uid, gid)
  }
  await client.query('alter system set ssl = on')
  await client.query('select pg_reload_conf()')
  await client.end()
})
afterAll(async () => {
  rmSync(folder, { recursive: true })
  await postgres.stop()
})

describe('cancelStatement', () => {
  it('reaches an encrypted session', async () => {
    const secure = `${url.replace('127.0.0.1', 'localhost')}?sslmode=verify-full&sslrootcert=${join(folder, 'ca.pem')}`
    const database = new Database({ url: secure, name: 'secure' })
    const encrypted = { name: 'ssl', text: 'select ssl from pg_stat_ssl where pid = pg_backend_pid()' }
    expect(await database.row(encrypted)).toEqual({ ssl: true })
    const sleep = { name: 'sleep', text: 'select pg_sleep(30)' }
    const context = { correlationId: '', trace: null, deadline: new Deadline(150) }
    await expect(runInRequest(context, () => database.rows(sleep))).rejects.toMatchObject({ code: 'database_timeout' })
    // Only a statement that the server has confirmed as cancelled leaves its connection for others.
    for (let i = 0; i < 50 && database.stats().idle === 0; i += 1)
      await new Promise((resolve) => setTimeout(resolve, 20))
    expect(database.stats()).toMatchObject({ total: 1, idle: 1 })
    await database.close()
  })

  it('says when it could not be sent', async () => {
    const pool = new pg.Pool({ connectionString: url })
    const client = await pool.connect()
    const fields = client as unknown as { port: number; processID: number | null; ssl: unknown }
    const { port, processID, ssl } = fields
    fields.port = 1
    expect(await cancelStatement(client, 500)).toBe(false)
    fields.port = port
    fields.processID = null
    expect(await cancelStatement(client, 500)).toBe(false)
    fields.processID = processID
    // Encryption with an authority that nobody knows: refused before the key is sent.
    fields.ssl = true
    expect(await cancelStatement(client, 500)).toBe(false)
    fields.ssl = ssl
    expect(await cancelStatement(client, 500)).toBe(true)
    client.release()
    await pool.end()
  })
})
