import * as z from 'zod/mini'
import { ROLES } from '../organisation/permissions.ts'

/** What the platform's answers hold, as far as the pages need it; what they don't know is left out. */

const role = z.enum(ROLES)

export const meReader = z.object({
  id: z.string(),
  email: z.nullable(z.string()),
  name: z.nullish(z.string()),
  organisations: z.array(z.object({ slug: z.string(), name: z.string(), role })),
})
export type Me = z.infer<typeof meReader>
export type OwnOrganisation = Me['organisations'][number]

export const organisationReader = z.object({ slug: z.string(), name: z.string() })

export const memberReader = z.object({
  user_id: z.string(),
  email: z.string(),
  name: z.nullish(z.string()),
  role,
  created_at: z.string(),
})
export type Member = z.infer<typeof memberReader>
export const membersReader = z.object({ members: z.array(memberReader), next: z.nullish(z.string()) })

export const invitationReader = z.object({
  id: z.string(),
  email: z.string(),
  role,
  expires_at: z.string(),
})
export type Invitation = z.infer<typeof invitationReader>
export const invitationsReader = z.object({ invitations: z.array(invitationReader) })

export const acceptedReader = z.object({ organisation: z.object({ slug: z.string(), name: z.string() }) })

// More than a JavaScript number holds.
const whole = z.string().check(z.regex(/^\d{1,40}$/))

export const usageReader = z.object({
  usage: z.array(
    z.object({
      start: z.string(),
      meter: z.string(),
      quantity: whole,
      events: z.number(),
      late_quantity: whole,
      late_events: z.number(),
    }),
  ),
})

export const sessionReader = z.object({
  id: z.string(),
  created_at: z.string(),
  last_used_at: z.nullish(z.string()),
  user_agent: z.nullish(z.string()),
  address: z.nullish(z.string()),
  current: z.boolean(),
})
export type SessionEntry = z.infer<typeof sessionReader>
export const sessionsReader = z.object({ sessions: z.array(sessionReader) })

export const settingsReader = z.object({
  version: z.number(),
  site_title: z.string(),
  tagline: z.string(),
  accent: z.string(),
  support_email: z.string(),
  concierge_enabled: z.boolean(),
  sign_up_enabled: z.boolean(),
})
export type Settings = z.infer<typeof settingsReader>
