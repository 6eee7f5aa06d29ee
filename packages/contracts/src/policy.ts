import { z } from 'zod'
import { controlIdSchema } from './control.ts'
import { digestSchema } from './subject.ts'

export const policySchema = z.strictObject({
  schema: z.literal('greengate/policy/v1'),
  id: z.string().min(1),
  version: z.int().positive(),
  /** Digest of version n-1; empty for the first. */
  prev: digestSchema.or(z.literal('')),
  /** RFC 3339; an expired policy opens nothing. */
  expires: z.string(),
  /** Key ids of the people who may sign the next version. */
  approvers: z.array(z.string()),
  /** How many distinct approvers the next version needs. */
  threshold: z.int().min(1),
  /** Of the keys that the trust root trusts as `runner`, those whose evidence counts as such here; empty: all of them. */
  runners: z.array(z.string()),
  /** Only evidence whose ledger checkpoint was anchored elsewhere counts. */
  anchored: z.boolean().default(false),
  require: z.array(
    z.strictObject({
      control: controlIdSchema,
      /** Overrides of the control's default parameters, key by key. */
      params: z.record(z.string(), z.json()).default({}),
      /** Environments whose evidence counts; empty: any. */
      envs: z.array(z.string()).default([]),
      trust: z.enum(['local', 'runner']).default('local'),
    }),
  ),
})
export type Policy = z.infer<typeof policySchema>
export type Requirement = Policy['require'][number]

/** Maps environment and action to the one policy that counts there. Held by the deployer, never by the caller. */
export const trustRootSchema = z.strictObject({
  schema: z.literal('greengate/trust-root/v1'),
  /** Public keys (SPKI, PEM) of those whose evidence is accepted. */
  keys: z.array(z.strictObject({ keyid: z.string(), publicKey: z.string(), trust: z.enum(['local', 'runner']) })),
  environments: z.record(z.string(), z.strictObject({ promote: digestSchema, rollback: digestSchema })),
  /** Origins of ledgers whose checkpoints are accepted. */
  ledgers: z.array(z.string()).default([]),
})
export type TrustRoot = z.infer<typeof trustRootSchema>
