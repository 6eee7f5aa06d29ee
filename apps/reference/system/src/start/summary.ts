import { existsSync, readFileSync } from 'node:fs'
import { PEOPLE } from '../seed/people.ts'
import { publicUrl, type SystemFacts } from './services.ts'

/** The moment of the backup that the folder was restored from; null when it was not. */
function restoredFrom({ folder }: SystemFacts): string | null {
  const marker = folder.path('seeded')
  const text = existsSync(marker) ? readFileSync(marker, 'utf8') : ''
  return /^restored from (\S+)/.exec(text)?.[1] ?? null
}

/** Who signs in, and with what: what a backup brought back has passwords of its own, which nobody here knows. */
function accountsOf(facts: SystemFacts): { row: [string, string][]; people: typeof PEOPLE } {
  if (facts.options.serversOnly === true) return { row: [], people: [] }
  const moment = restoredFrom(facts)
  if (moment !== null)
    return { row: [['Accounts', `those of the backup of ${moment}, with their passwords`]], people: [] }
  return { row: [['Password', `${facts.secrets.seedPassword} (of everybody below)`]], people: PEOPLE }
}

/** Where to look and how to sign in. The password is on the terminal of whoever started it, and in no log. */
export function summaryOf(facts: SystemFacts): string {
  const { options, folder, certificate } = facts
  const { ports } = options
  const accounts = accountsOf(facts)
  const rows: readonly [string, string][] = [
    ...(options.without.includes('gateway') ? [] : [['Site', publicUrl(options)] as [string, string]]),
    ['Mails', `http://127.0.0.1:${ports.mail}/`],
    ['Database', `127.0.0.1:${ports.postgres}, logins in ${folder.path('secrets.json')}`],
    ['Founder key', folder.path('founder-key')],
    ['Logs', folder.path('logs')],
    ...(certificate ? [['Authority', `${certificate.caFile} (trust it in your browser)`] as [string, string]] : []),
    ...accounts.row,
  ]
  const people = accounts.people.map((one) => `  ${one.email.padEnd(26)} ${one.role.padEnd(7)} of ${one.organisation}`)
  return `\n${rows.map(([name, value]) => `${name.padEnd(12)} ${value}`).join('\n')}\n\n${people.join('\n')}\n\nCtrl-C ends all of it.\n`
}
