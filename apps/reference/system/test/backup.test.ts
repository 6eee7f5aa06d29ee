// Goal: a backup is everything as it was at one moment, opens with its key alone, and comes back as the same, or not at all.
// Method: real PostgreSQL databases with the migrations of the release and a real object store; writes that go on during
// the backup; damaged backups; targets that are in use.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestPostgres } from '@greengate/kit/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readArguments } from '../src/backup/arguments.ts'
import { copyIn } from '../src/backup/copy-protocol.ts'
import { makeBackup, type Places } from '../src/backup/make-backup.ts'
import { restoreBackup } from '../src/backup/restore-backup.ts'
import { openFile, readKey, sealFile } from '../src/backup/sealed-file.ts'
import { connect, inOrder, tablesOf } from '../src/backup/tables.ts'
import {
  addEvents,
  addUser,
  type BackupWorld,
  dump,
  EVENTS,
  KEY,
  PICTURE,
  REFERENCE,
  startBackupWorld,
  USERS,
  withClient,
} from './backup-world.ts'

let world: BackupWorld
let postgres: TestPostgres
let folder: string
let source: Places
let organisation = ''
let backup = ''
const emptyPlaces = (): Promise<Places> => world.emptyPlaces()

beforeAll(async () => {
  world = await startBackupWorld()
  ;({ postgres, folder, source, organisation, backup } = world)
})
afterAll(() => world.end())

describe('a backup', () => {
  it('comes back as the same, with media, sequences and everything that guards the data', async () => {
    const target = await emptyPlaces()
    const { manifest, durationMs } = await restoreBackup({ ...target, folder: backup, key: KEY })
    expect(durationMs).toBeGreaterThan(0)
    for (const name of ['platform', 'content'] as const)
      expect(await dump(target.databases[name])).toEqual(await dump(source.databases[name]))
    const [media] = manifest.media
    const object = await target.store.get(media?.key ?? '')
    const parts: Buffer[] = []
    for await (const part of object.body) parts.push(part)
    expect(Buffer.concat(parts).equals(PICTURE)).toBe(true)
    expect(object.headers['cache-control']).toBe('public, max-age=60')
    await withClient(target.databases.platform, async (client) => {
      await expect(client.query('delete from usage_events')).rejects.toThrow('append-only')
      await expect(client.query('truncate usage_events')).rejects.toThrow('append-only')
      await expect(client.query('delete from platform_settings')).rejects.toThrow('append-only')
      await expect(
        client.query(`insert into users (email, password_hash) values ('alone@acme.test', '$argon2id$x')`),
      ).rejects.toThrow('needs an organisation')
      const { rows } = await client.query<{ id: string }>(
        `insert into kit_outbox (dedupe_id, topic, stream) values (gen_random_uuid(), 'mail', 'u') returning id`,
      )
      expect(rows).toEqual([{ id: '6' }])
    })
    await withClient(target.databases.content, (client) =>
      expect(client.query('update entry_versions set title = title')).rejects.toThrow('written once'),
    )
  })

  it('is of one moment while writes go on', async () => {
    const during = join(folder, 'during')
    const client = await connect(source.databases.platform)
    let count = 0
    let writing = true
    // Each transaction writes a user, a membership and three events: a backup has all of it or nothing.
    const writer = (async () => {
      while (writing) {
        await client.query('begin')
        await client.query(addUser, [`during-${count}@acme.test`, '', organisation])
        await client.query(addEvents, [organisation, `during-${count}:`, 3])
        await client.query('commit')
        count += 1
      }
    })()
    let waits = 0
    while (count < 3) {
      waits += 1
      expect(waits).toBeLessThan(10_000)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    let manifest
    try {
      manifest = await makeBackup({ ...source, folder: during, key: KEY })
    } finally {
      writing = false
      await writer
      await client.end()
    }
    const rows = Object.fromEntries(manifest.databases.platform.tables.map((table) => [table.name, table.rows]))
    const users = rows['users'] ?? 0
    expect(users).toBeGreaterThanOrEqual(USERS + 3)
    expect(rows['memberships']).toBe(users)
    expect(rows['usage_events']).toBe(EVENTS + 3 * (users - USERS))
    const target = await emptyPlaces()
    await restoreBackup({ ...target, folder: during, key: KEY })
    const restored = await dump(target.databases.platform)
    expect(restored['users']?.split('\n')).toHaveLength(users + 1)
  })

  it('of which any byte was altered is refused, and nothing is changed', async () => {
    const target = await emptyPlaces()
    const names = await readdir(backup)
    expect(names).toContain('manifest.sealed')
    for (const name of names) {
      const file = join(backup, name)
      const bytes = await readFile(file)
      for (const at of [0, Math.floor(bytes.length / 2), bytes.length - 1]) {
        const altered = Buffer.from(bytes)
        altered[at] = (altered[at] ?? 0) ^ 1
        await writeFile(file, altered)
        await expect(restoreBackup({ ...target, folder: backup, key: KEY })).rejects.toMatchObject({
          code: name === 'manifest.sealed' ? 'key_wrong' : 'backup_damaged',
        })
      }
      await writeFile(file, bytes.subarray(0, -1))
      await expect(restoreBackup({ ...target, folder: backup, key: KEY })).rejects.toThrow(/./)
      await writeFile(file, bytes)
    }
    await withClient(target.databases.platform, async (client) => expect(await tablesOf(client)).toEqual([]))
    expect(await target.store.any('')).toBe(false)
  })

  it('whose files changed places is refused', async () => {
    const target = await emptyPlaces()
    const one = join(backup, 'platform.users.sealed')
    const other = join(backup, 'platform.organisations.sealed')
    const bytes = [await readFile(one), await readFile(other)] as const
    await writeFile(one, bytes[1])
    await expect(restoreBackup({ ...target, folder: backup, key: KEY })).rejects.toMatchObject({
      code: 'backup_damaged',
    })
    await writeFile(one, bytes[0])
  })

  it('does not open with another key, and is not made without one', async () => {
    const target = await emptyPlaces()
    await expect(restoreBackup({ ...target, folder: backup, key: randomBytes(32) })).rejects.toMatchObject({
      code: 'key_wrong',
    })
    for (const key of [undefined, '', 'short', 'g'.repeat(64)])
      expect(() => readArguments(['--to', 'x'], 'to', { BACKUP_KEY: key })).toThrow('BACKUP_KEY must be 64 hex digits')
    expect(readKey('0f'.repeat(32))).toHaveLength(32)
  })

  it('does not go where something is', async () => {
    await expect(makeBackup({ ...source, folder: backup, key: KEY })).rejects.toMatchObject({
      code: 'target_not_empty',
    })
    const restore = (places: Places) => restoreBackup({ ...places, folder: backup, key: KEY })
    await expect(restore(source)).rejects.toMatchObject({ code: 'target_not_empty' })
    const used = await emptyPlaces()
    await withClient(used.databases.content, (client) => client.query('create table somebody (id int)'))
    await expect(restore(used)).rejects.toMatchObject({ code: 'target_not_empty' })
    const empty = await emptyPlaces()
    await expect(restore({ ...empty, store: source.store })).rejects.toMatchObject({ code: 'target_not_empty' })
    await withClient(empty.databases.platform, async (client) => expect(await tablesOf(client)).toEqual([]))
  })

  it('goes back with its own release only', async () => {
    const target = await emptyPlaces()
    const other = await mkdtemp(join(folder, 'migrations-'))
    for (const name of await readdir(join(REFERENCE, 'content', 'migrations'))) {
      const text = await readFile(join(REFERENCE, 'content', 'migrations', name), 'utf8')
      await writeFile(join(other, name), name.startsWith('0001') ? `${text}\n-- changed\n` : text)
    }
    const migrations = { platform: join(REFERENCE, 'platform', 'migrations'), content: other }
    await expect(restoreBackup({ ...target, folder: backup, key: KEY, migrations })).rejects.toMatchObject({
      code: 'release_differs',
    })
    // Seen before anything was changed, although the other database would have come first.
    for (const url of Object.values(target.databases))
      await withClient(url, async (client) => {
        expect((await client.query(`select 1 from pg_class where relnamespace = 'public'::regnamespace`)).rows).toEqual(
          [],
        )
      })
    expect(await target.store.any('')).toBe(false)
    await restoreBackup({ ...target, folder: backup, key: KEY })
  })
})

describe('its parts', () => {
  async function* parts(...sizes: number[]): AsyncGenerator<Buffer> {
    for (const size of sizes) yield Buffer.alloc(size, 'x')
  }

  it('seal and open contents of any length', async () => {
    for (const [at, sizes] of [[], [0], [1], [65_536], [65_536, 1], [65_537], [200_000, 0, 5]].entries()) {
      const file = join(folder, `sealed-${at}`)
      const total = sizes.reduce((sum, size) => sum + size, 0)
      expect((await sealFile(file, 'name', KEY, parts(...sizes))).bytes).toBe(total)
      let bytes = 0
      for await (const part of openFile(file, 'name', KEY)) bytes += part.length
      expect(bytes).toBe(total)
      const other = async () => {
        for await (const part of openFile(file, 'other', KEY)) bytes += part.length
      }
      await expect(other()).rejects.toMatchObject({ code: 'backup_damaged' })
    }
  })

  it('give a table up when the content fails, and leave the connection usable', async () => {
    await withClient(await postgres.database(), async (client) => {
      await client.query('create table numbers (n int)')
      async function* failing(): AsyncGenerator<Buffer> {
        yield Buffer.from('1\n2\n')
        throw new Error('the disk is gone')
      }
      async function* wrong(): AsyncGenerator<Buffer> {
        yield Buffer.from('1\nword\n')
      }
      await expect(copyIn(client, 'copy numbers from stdin', failing())).rejects.toThrow('the disk is gone')
      await expect(copyIn(client, 'copy numbers from stdin', wrong())).rejects.toThrow('invalid input syntax')
      expect((await client.query('select n from numbers')).rows).toEqual([])
    })
  })

  it('fill tables after those that they need', () => {
    const table = (name: string) => ({ name, columns: ['id'] })
    const needs = [
      { name: 'a', needs: 'b' },
      { name: 'b', needs: 'c' },
    ]
    expect(inOrder(['a', 'b', 'c'].map(table), needs).map((one) => one.name)).toEqual(['c', 'b', 'a'])
    expect(() => inOrder(['a', 'b'].map(table), [...needs, { name: 'b', needs: 'a' }])).toThrow('circle')
  })
})
