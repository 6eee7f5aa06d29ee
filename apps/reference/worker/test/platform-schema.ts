import { join } from 'node:path'
import { migrate, readMigrations } from '@greengate/kit/data'

/** The migrations of the platform, whose database the worker works on: files beside, not an import. */
const folder = join(import.meta.dirname, '..', '..', 'platform', 'migrations')

export async function applyPlatformSchema(url: string): Promise<void> {
  await migrate(await readMigrations(folder), { url })
}
