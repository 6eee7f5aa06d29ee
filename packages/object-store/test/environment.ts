import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ObjectStore, type ObjectStoreEvent, type ObjectStoreOptions, startObjectStore } from '../src/index.ts'
import { KEYS } from './signing.ts'

export const BUCKET = 'tests'

export interface TestStore {
  readonly folder: string
  readonly events: ObjectStoreEvent[]
  store: ObjectStore
  /** Another store on the same folder, after this one was closed. */
  restart(): Promise<void>
  /** Files of the bucket, temporary ones included. */
  files(): Promise<string[]>
  end(): Promise<void>
}

export async function startTestStore(options: Partial<ObjectStoreOptions> = {}): Promise<TestStore> {
  const folder = await mkdtemp(join(tmpdir(), 'object-store-'))
  const events: ObjectStoreEvent[] = []
  const start = (): Promise<ObjectStore> =>
    startObjectStore({
      folder,
      port: 0,
      ...KEYS,
      buckets: [BUCKET],
      publicPrefixes: ['media/'],
      corsOrigins: ['https://app.test'],
      report: (event) => events.push(event),
      ...options,
    })
  const test: TestStore = {
    folder,
    events,
    store: await start(),
    restart: async () => {
      await test.store.close()
      test.store = await start()
    },
    files: async () => {
      const all = await readdir(join(folder, 'buckets', BUCKET), { recursive: true, withFileTypes: true })
      return all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
    },
    end: async () => {
      await test.store.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
  return test
}
