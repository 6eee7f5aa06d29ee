import { PEOPLE } from '../seed/people.ts'
import { publicUrl, type SystemFacts } from './services.ts'

/** Where to look and how to sign in. The password is on the terminal of whoever started it, and in no log. */
export function summaryOf({ options, folder, secrets, certificate }: SystemFacts): string {
  const { ports } = options
  const rows: readonly [string, string][] = [
    ...(options.without.includes('gateway') ? [] : [['Site', publicUrl(options)] as [string, string]]),
    ['Mails', `http://127.0.0.1:${ports.mail}/`],
    ['Database', `127.0.0.1:${ports.postgres}, logins in ${folder.path('secrets.json')}`],
    ['Founder key', folder.path('founder-key')],
    ['Logs', folder.path('logs')],
    ...(certificate ? [['Authority', `${certificate.caFile} (trust it in your browser)`] as [string, string]] : []),
    ...(options.serversOnly === true
      ? []
      : [['Password', `${secrets.seedPassword} (of everybody below)`] as [string, string]]),
  ]
  const seeded = options.serversOnly === true ? [] : PEOPLE
  const people = seeded.map((one) => `  ${one.email.padEnd(26)} ${one.role.padEnd(7)} of ${one.organisation}`)
  return `\n${rows.map(([name, value]) => `${name.padEnd(12)} ${value}`).join('\n')}\n\n${people.join('\n')}\n\nCtrl-C ends all of it.\n`
}
