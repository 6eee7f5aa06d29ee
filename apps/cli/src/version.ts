import { readFileSync } from 'node:fs'
import { z } from 'zod'

const packageSchema = z.object({ name: z.string(), version: z.string() })

/** Greengate's name and version, as recorded in evidence. */
export function toolVersion(): string {
  const { name, version } = packageSchema.parse(
    JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')),
  )
  return `${name}@${version}`
}
