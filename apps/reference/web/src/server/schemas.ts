import { z } from 'zod'

/**
 * What other services answer, as far as pages show it. What comes on top is dropped, so that nothing that they add later
 * reaches a browser by accident.
 */

const text = (max: number) => z.string().max(max)

const mediaSchema = z.object({
  media_id: text(64),
  type: z.enum(['image', 'video']),
  width: z.int().min(1).max(100_000),
  height: z.int().min(1).max(100_000),
  // A path of this origin, or an address on the web; nothing that a browser would run.
  url: text(2048).regex(/^(?:https?:\/\/|\/(?!\/))[^\s"'<>]*$/),
  alt: text(2000),
})

export const SLUG = /^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$/

export const summarySchema = z.object({
  slug: z.string().regex(SLUG),
  title: text(1000),
  summary: text(10_000),
  published_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  media: mediaSchema.nullable(),
})

export const entrySchema = summarySchema.extend({ body_html: text(1_000_000) })

const cursor = z.string().max(512).nullable()
export const postsSchema = z.object({ posts: z.array(summarySchema).max(100), next: cursor })
export const docsSchema = z.object({ docs: z.array(summarySchema).max(100), next: cursor.default(null) })

export const settingsSchema = z.object({
  site_title: text(200).min(1),
  tagline: text(1000),
  accent: z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/)
    .catch('#0f7a5c'),
  support_email: text(254).nullable().catch(null),
  concierge_enabled: z.boolean(),
  sign_up_enabled: z.boolean(),
})
