import { z } from 'zod'

const name = z.string().max(120)
const token = z.string().regex(/^[A-Za-z0-9._~-]{8,512}$/)
const time = z.iso.datetime({ offset: true })
const to = z
  .string()
  .max(254)
  .regex(/^[^@\s<>,;"]{1,64}@[^@\s<>,;"]{1,189}$/)

/** What the platform puts on the outbox under the topic `mail`. */
export const mailSchema = z.discriminatedUnion('template', [
  z.object({ template: z.literal('verify_email'), to, data: z.object({ name, token, expires_at: time }) }),
  z.object({ template: z.literal('reset_password'), to, data: z.object({ name, token, expires_at: time }) }),
  z.object({ template: z.literal('account_exists'), to, data: z.object({ name }) }),
  z.object({
    template: z.literal('invitation'),
    to,
    data: z.object({ organisation: name, role: z.string().max(40), token, expires_at: time }),
  }),
  z.object({ template: z.literal('password_changed'), to, data: z.object({ name, at: time }) }),
])
export type Mail = z.output<typeof mailSchema>
