import { existsSync } from 'node:fs'
import type { MailCatcher } from '../servers/mail-catcher.ts'
import { writePrivate } from '../start/secrets.ts'
import { OPERATOR, type SystemFacts } from '../start/services.ts'
import { Api } from './api.ts'
import { CUSTOMER } from './people.ts'
import { seedContent } from './seed-content.ts'
import { seedPeople } from './seed-people.ts'
import { seedUsage } from './seed-usage.ts'

/**
 * Fills an empty platform with something to look at, through its own doors. A start that was cut off goes on with the next.
 * @returns whether there was anything to do
 * @throws SystemError `seed_failed`
 */
export async function seed({ options, folder, secrets }: SystemFacts, mail: MailCatcher): Promise<boolean> {
  const marker = folder.path('seeded')
  if (existsSync(marker)) return false
  const platform = new Api(`http://127.0.0.1:${options.ports.platform}`)
  const content = new Api(`http://127.0.0.1:${options.ports.content}`)
  const nowMs = Date.now()
  const token = await seedPeople(platform, mail, secrets.seedPassword)
  await seedUsage(platform, secrets.serviceToken, OPERATOR, 1, nowMs)
  await seedUsage(platform, secrets.serviceToken, CUSTOMER.slug, 0.4, nowMs)
  await seedContent(content, token, nowMs)
  await platform.ask('/v1/sign-out', { method: 'POST', token })
  writePrivate(marker, `${new Date(nowMs).toISOString()}\n`)
  return true
}
