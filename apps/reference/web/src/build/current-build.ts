import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { type Build, buildSchema } from './build-description.ts'

/** Folder of this package. */
export const webRoot = dirname(dirname(import.meta.dirname))

const currentSchema = z.object({ release: z.string().regex(/^[0-9a-f]{16}$/) })

/** The build that servers use; null when there is none. */
export async function currentBuild(dist = join(webRoot, 'dist')): Promise<{ folder: string; build: Build } | null> {
  try {
    const { release } = currentSchema.parse(JSON.parse(await readFile(join(dist, 'current.json'), 'utf8')))
    const folder = join(dist, release)
    return { folder, build: buildSchema.parse(JSON.parse(await readFile(join(folder, 'build.json'), 'utf8'))) }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
