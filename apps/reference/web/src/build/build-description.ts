import { z } from 'zod'

const assetSchema = z.object({
  /** Of the address, with its slash. */
  path: z.string().startsWith('/'),
  type: z.string(),
  etag: z.string(),
  /** Its name holds a digest of what is in it. */
  immutable: z.boolean(),
  /** Files in the folder of the build, by how they are encoded. */
  files: z.object({ identity: z.string(), br: z.string().nullable(), gz: z.string().nullable() }),
  bytes: z.object({ identity: z.int(), br: z.int().nullable(), gz: z.int().nullable() }),
})
export type Asset = z.output<typeof assetSchema>

const pageSchema = z.object({ scripts: z.array(z.string()), styles: z.array(z.string()) })

/** What a build says of itself, in `build.json` of its folder. */
export const buildSchema = z.object({
  release: z.string().regex(/^[0-9a-f]{16}$/),
  entry: z.string(),
  /** Text of the style sheet that every page has in it. */
  css: z.string(),
  /** Script that every page with code has in it; builds of before have none. */
  guard: z.string().default(''),
  /** Per route: what its page needs besides the entry. */
  pages: z.record(z.string(), pageSchema),
  /** What the entry imports. */
  preload: z.array(z.string()),
  assets: z.array(assetSchema).max(1000),
})
export type Build = z.output<typeof buildSchema>
