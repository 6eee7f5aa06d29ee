import { z } from 'zod'

export const digestSchema = z.string().regex(/^sha256:[0-9a-f]{64}$/)

/** What a verdict is about. Checks on a tree are about a tree; an image is reached through provenance only. */
export const subjectSchema = z.object({
  /** The service's name, for people. */
  name: z.string(),
  kind: z.enum(['tree', 'oci', 'tarball', 'apk', 'ipa', 'bundle']),
  /** Digest of the subject itself. */
  digest: digestSchema,
  /** A tree with changes that no commit holds; it can be judged and never deployed. */
  dirty: z.boolean(),
  /** Commit the tree was exported from; empty without git. */
  commit: z.string(),
  /**
   * Names of a system's components, configured and discovered, in order: each has to be judged. Absent for a service
   * that stands alone.
   */
  components: z.array(z.string()).optional(),
  /** Digests that evidence is bound to, by what they describe. A missing one makes evidence that binds it stale. */
  binds: z.record(z.enum(['tree', 'artifact', 'config', 'environment', 'service']), digestSchema.or(z.literal(''))),
})
export type Subject = z.infer<typeof subjectSchema>
