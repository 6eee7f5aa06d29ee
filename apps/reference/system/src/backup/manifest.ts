import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { BackupError } from './backup-error.ts'
import { openFile, sealFile } from './sealed-file.ts'
import { sequenceSchema, tableSchema } from './tables.ts'

/** Databases of the platform; each is backed up in one snapshot. */
export const DATABASES = ['platform', 'content'] as const
export type DatabaseName = (typeof DATABASES)[number]

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const content = { file: z.string().regex(/^[a-z0-9.-]+$/), bytes: z.int().min(0), sha256 }

const databaseSchema = z.object({
  server_version: z.string(),
  migrations: z.array(z.object({ name: z.string(), digest: z.string() })),
  /** In the order in which they are filled. */
  tables: z.array(tableSchema.extend({ rows: z.int().min(0), ...content })),
  sequences: z.array(sequenceSchema),
})
export type DatabaseBackup = z.output<typeof databaseSchema>

const mediaSchema = z.object({ key: z.string().min(1), headers: z.record(z.string(), z.string()), ...content })
export type MediaBackup = z.output<typeof mediaSchema>

export const manifestSchema = z.object({
  format: z.literal(1),
  created_at: z.iso.datetime(),
  databases: z.object({ platform: databaseSchema, content: databaseSchema }),
  media: z.array(mediaSchema),
  /** Keys of media that somebody deleted while the backup was made: the snapshot still has their rows. */
  media_deleted: z.array(z.string()).default([]),
  /** Media that the database has and the store did not give: nothing of them is in the backup. */
  media_missing: z.array(z.object({ key: z.string(), problem: z.string() })).default([]),
})
export type Manifest = z.output<typeof manifestSchema>

const FILE = 'manifest.sealed'

/** Written last: a backup without one was not finished. */
export async function writeManifest(folder: string, key: Buffer, manifest: Manifest): Promise<void> {
  async function* text(): AsyncGenerator<Buffer> {
    yield Buffer.from(JSON.stringify(manifest))
  }
  await sealFile(join(folder, FILE), FILE, key, text())
}

/** @throws BackupError `backup_unreadable`, `key_wrong` */
export async function readManifest(folder: string, key: Buffer): Promise<Manifest> {
  await readFile(join(folder, FILE)).catch((error: unknown) => {
    throw new BackupError('backup_unreadable', `${folder} holds no finished backup`, error)
  })
  const parts: Buffer[] = []
  try {
    for await (const part of openFile(join(folder, FILE), FILE, key)) parts.push(part)
  } catch (error) {
    throw new BackupError('key_wrong', 'the manifest does not open: the key is another one, or it was altered', error)
  }
  return manifestSchema.parse(JSON.parse(Buffer.concat(parts).toString()))
}
