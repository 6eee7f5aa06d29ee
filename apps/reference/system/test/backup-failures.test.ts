// Goal: a backup bears what it says it bears, and a backup or a restore that fails leaves nothing behind that is in the way of the next.
// Method: real PostgreSQL databases and a real object store; media that go or are damaged meanwhile; a backup whose second
// database does not fit; answers that are lost; requests to stop.
import { createHash } from 'node:crypto'
import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { migrate, readMigrations } from '@greengate/kit/data'
import { ObjectClient, type ObjectToPut } from '@greengate/object-store'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeBackup, type Places } from '../src/backup/make-backup.ts'
import { readManifest, writeManifest } from '../src/backup/manifest.ts'
import { restoreBackup } from '../src/backup/restore-backup.ts'
import { connect } from '../src/backup/tables.ts'
import { addPicture, type BackupWorld, dump, KEY, REFERENCE, startBackupWorld, withClient } from './backup-world.ts'

let world: BackupWorld
beforeAll(async () => {
  world = await startBackupWorld()
})
afterAll(() => world.end())

const PICTURES = ['one', 'two', 'three'].map((text) => Buffer.from(text.repeat(1000)))

/** Places with three pictures that nothing shows. */
async function withPictures(): Promise<{ places: Places; keys: string[] }> {
  const places = await world.emptyPlaces()
  for (const name of ['platform', 'content'] as const)
    await migrate(await readMigrations(join(REFERENCE, name, 'migrations')), { url: places.databases[name] })
  const keys: string[] = []
  await withClient(places.databases.content, async (client) => {
    for (const bytes of PICTURES) keys.push((await addPicture(client, places.store, bytes)).object_key)
  })
  return { places, keys: keys.toSorted() }
}

const forget = (places: Places, key: string): Promise<unknown> =>
  withClient(places.databases.content, (client) => client.query('delete from media where object_key = $1', [key]))

/** Everything that somebody made in the schema: tables, sequences, functions, types. */
const thingsIn = (url: string): Promise<string[]> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select relname as name from pg_class where relnamespace = 'public'::regnamespace
       union all select proname from pg_proc where pronamespace = 'public'::regnamespace
       union all select typname from pg_type where typnamespace = 'public'::regnamespace`,
    )
    return rows.map((row) => row.name)
  })

async function expectUntouched(target: Places): Promise<void> {
  for (const url of Object.values(target.databases)) expect(await thingsIn(url)).toEqual([])
  expect(await target.store.any('')).toBe(false)
}

describe('a backup', () => {
  let to: string
  beforeEach(async () => {
    to = join(await mkdtemp(join(world.folder, 'to-')), 'backup')
  })

  it('leaves a medium out that is deleted while it is made, and says so', async () => {
    const { places, keys } = await withPictures()
    const [, gone = ''] = keys
    // As the content service does it: the row first. The snapshot still has the row.
    class Deleting extends ObjectClient {
      override async get(key: string) {
        if (key === gone) {
          await forget(places, gone)
          await this.delete(gone)
        }
        return super.get(key)
      }
    }
    const store = new Deleting(world.bucket())
    for (const key of keys) await copyTo(store, places.store, key)
    const manifest = await makeBackup({ ...places, store, folder: to, key: KEY })
    expect(manifest).toMatchObject({ media_deleted: [gone], media_missing: [] })
    expect(manifest.media.map((one) => one.key)).toEqual(keys.filter((key) => key !== gone))
    const target = await world.emptyPlaces()
    const restored = await restoreBackup({ ...target, folder: to, key: KEY })
    expect(restored.manifest.media_deleted).toEqual([gone])
    // The row is there as it was; the reaper of the content service takes away what has no object.
    expect((await dump(target.databases.content))['media']?.trim().split('\n')).toHaveLength(3)
    await expect(target.store.get(gone)).rejects.toMatchObject({ status: 404 })
  })

  it('is finished without a medium that the store lost or has another one of, and names it', async () => {
    const { places, keys } = await withPictures()
    const [lost = '', kept = '', other = ''] = keys
    await places.store.delete(lost)
    await put(places.store, other, Buffer.from('something else'))
    const manifest = await makeBackup({ ...places, folder: to, key: KEY })
    expect(manifest.media.map((one) => one.key)).toEqual([kept])
    expect(manifest.media_deleted).toEqual([])
    expect(manifest.media_missing).toEqual([
      { key: lost, problem: expect.stringContaining('404') as string },
      { key: other, problem: 'the store has something else than the database says' },
    ])
    // Nothing of what was not right is in the folder.
    expect((await readdir(to)).filter((name) => name.startsWith('media.'))).toEqual([manifest.media[0]?.file])
    expect((await readManifest(to, KEY)).media_missing).toEqual(manifest.media_missing)
    const target = await world.emptyPlaces()
    await restoreBackup({ ...target, folder: to, key: KEY })
    expect(await dump(target.databases.content)).toEqual(await dump(places.databases.content))
  })

  it('asks once more for a medium that broke off', async () => {
    const { places, keys } = await withPictures()
    let asked = 0
    class Breaking extends ObjectClient {
      override async get(key: string) {
        const object = await super.get(key)
        if (key !== keys[0]) return object
        asked += 1
        if (asked > 1) return object
        async function* broken(): AsyncGenerator<Buffer> {
          for await (const part of object.body) yield part.subarray(0, 10)
          throw new Error('the connection was reset')
        }
        return { ...object, body: broken() }
      }
    }
    const store = new Breaking(world.bucket())
    for (const key of keys) await copyTo(store, places.store, key)
    const manifest = await makeBackup({ ...places, store, folder: to, key: KEY })
    expect([asked, manifest.media.length, manifest.media_missing]).toEqual([2, 3, []])
  })

  it('that fails takes its files away, and the folder if it made that', async () => {
    const { places } = await withPictures()
    const away = new ObjectClient({ ...world.bucket(), endpoint: 'http://127.0.0.1:1' })
    await expect(makeBackup({ ...places, store: away, folder: to, key: KEY })).rejects.toThrow('ECONNREFUSED')
    expect(await readdir(join(to, '..'))).toEqual([])
    await mkdir(to)
    await expect(makeBackup({ ...places, store: away, folder: to, key: KEY })).rejects.toThrow('ECONNREFUSED')
    expect(await readdir(to)).toEqual([])
  })

  it('stops when it is told to, and takes its files away', async () => {
    const controller = new AbortController()
    const onProgress = (): void => controller.abort(new Error('enough'))
    const options = { ...world.source, folder: to, key: KEY, signal: controller.signal, onProgress }
    await expect(makeBackup(options)).rejects.toThrow('enough')
    expect(await readdir(join(to, '..'))).toEqual([])
  })

  it('is made under limits that end whoever waits: its own connections have none', async () => {
    const url = await world.postgres.database()
    const limits = [
      'statement_timeout',
      'transaction_timeout',
      'idle_in_transaction_session_timeout',
      'idle_session_timeout',
    ]
    await withClient(url, async (client) => {
      const { rows } = await client.query<{ name: string }>('select current_database() as name')
      for (const limit of limits) await client.query(`alter database ${rows[0]?.name} set ${limit} = '60s'`)
    })
    const client = await connect(url)
    try {
      for (const limit of limits) expect((await client.query(`show ${limit}`)).rows).toEqual([{ [limit]: '0' }])
    } finally {
      await client.end()
    }
  })
})

async function put(store: ObjectClient, key: string, bytes: Buffer): Promise<void> {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  async function* body(): AsyncGenerator<Buffer> {
    yield bytes
  }
  await store.put({ key, size: bytes.length, sha256, headers: {}, body: body() })
}

/** The object of another bucket. */
async function copyTo(store: ObjectClient, from: ObjectClient, key: string): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of (await from.get(key)).body) parts.push(part)
  await put(store, key, Buffer.concat(parts))
}

describe('a restore that fails', () => {
  it('in the second database leaves nothing in either, nor in the bucket, and works the next time', async () => {
    const broken = await mkdtemp(join(world.folder, 'broken-'))
    await cp(world.backup, broken, { recursive: true })
    const manifest = await readManifest(broken, KEY)
    const last = manifest.databases.content.tables.at(-1)!
    last.rows += 1
    await rm(join(broken, 'manifest.sealed'))
    await writeManifest(broken, KEY, manifest)
    const target = await world.emptyPlaces()
    const progress: string[] = []
    const options = { ...target, folder: broken, key: KEY, onProgress: (text: string) => progress.push(text) }
    await expect(restoreBackup(options)).rejects.toMatchObject({ code: 'restore_differs' })
    expect(progress.some((text) => text.startsWith('platform: '))).toBe(true)
    await expectUntouched(target)
    await restoreBackup({ ...target, folder: world.backup, key: KEY })
    expect(await dump(target.databases.content)).toEqual(await dump(world.source.databases.content))
  })

  it('in a migration of the second database leaves what was there before, and nothing else', async () => {
    const target = await world.emptyPlaces()
    await withClient(target.databases.content, (client) =>
      client.query(`create function live_entries(moment timestamptz) returns integer language sql as 'select 1'`),
    )
    const before = await thingsIn(target.databases.content)
    await expect(restoreBackup({ ...target, folder: world.backup, key: KEY })).rejects.toMatchObject({
      code: 'migration_failed',
    })
    expect(await thingsIn(target.databases.platform)).toEqual([])
    expect(await thingsIn(target.databases.content)).toEqual(before)
    expect(await target.store.any('')).toBe(false)
  })

  it('because the answer of the store was lost leaves no object', async () => {
    const target = await world.emptyPlaces()
    class Losing extends ObjectClient {
      override async put(object: ObjectToPut): Promise<void> {
        await super.put(object)
        throw new Error('the answer was lost')
      }
    }
    const store = new Losing(world.bucket())
    await expect(restoreBackup({ ...target, store, folder: world.backup, key: KEY })).rejects.toThrow('answer was lost')
    await expectUntouched({ ...target, store })
  })

  it('because it is told to stop leaves nothing', async () => {
    const target = await world.emptyPlaces()
    const controller = new AbortController()
    const onProgress = (text: string): void => {
      if (text.startsWith('platform: ')) controller.abort(new Error('enough'))
    }
    const options = { ...target, folder: world.backup, key: KEY, signal: controller.signal, onProgress }
    await expect(restoreBackup(options)).rejects.toThrow('enough')
    await expectUntouched(target)
  })

  it('and can not take everything away says what is left', async () => {
    const target = await world.emptyPlaces()
    class Keeping extends ObjectClient {
      override async put(object: ObjectToPut): Promise<void> {
        await super.put(object)
        throw new Error('the answer was lost')
      }
      override delete(): Promise<void> {
        return Promise.reject(new Error('the store is away'))
      }
    }
    const store = new Keeping(world.bucket())
    const { media } = await readManifest(world.backup, KEY)
    await expect(restoreBackup({ ...target, store, folder: world.backup, key: KEY })).rejects.toMatchObject({
      code: 'restore_left',
      message: expect.stringMatching(`the answer was lost; .*${media[0]?.key} \\(the store is away\\)`) as string,
    })
  })

  it('before it changed anything leaves what somebody else migrates meanwhile', async () => {
    const target = await world.emptyPlaces()
    const progress = async (): Promise<void> => {
      const migrations = await readMigrations(join(REFERENCE, 'platform', 'migrations'))
      await migrate(migrations.slice(0, 2), { url: target.databases.platform })
    }
    // The places were empty when they were looked at: this comes with the first object.
    class Slow extends ObjectClient {
      override async put(object: ObjectToPut): Promise<void> {
        await progress()
        await super.put(object)
      }
    }
    const store = new Slow(world.bucket())
    await expect(restoreBackup({ ...target, store, folder: world.backup, key: KEY })).rejects.toMatchObject({
      code: 'target_not_empty',
    })
    expect(await thingsIn(target.databases.platform)).toContain('usage_events')
    expect(await thingsIn(target.databases.content)).toEqual([])
    expect(await store.any('')).toBe(false)
  })
})
