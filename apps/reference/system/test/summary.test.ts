// Goal: what is printed at the end of a start is true: who signs in with what.
// Method: the text for folders that were seeded, restored, or hold servers alone.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { PEOPLE } from '../src/seed/people.ts'
import { portsFrom } from '../src/start/ports.ts'
import { secretsIn, type Secrets } from '../src/start/secrets.ts'
import type { SystemFacts } from '../src/start/services.ts'
import { summaryOf } from '../src/start/summary.ts'

let folder: string
let secrets: Secrets
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'summary-'))
  secrets = secretsIn(join(folder, 'secrets.json'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const facts = (serversOnly = false): SystemFacts => ({
  options: { folder, ports: portsFrom(20_000), tls: false, without: [], serversOnly },
  folder: { path: (...names) => join(folder, ...names), release: () => Promise.resolve() },
  secrets,
  certificate: null,
  databases: { platform: '', content: '' },
})

it('names the people who were seeded, and their password', () => {
  writeFileSync(join(folder, 'seeded'), '2026-11-21T02:17:00.000Z\n')
  const text = summaryOf(facts())
  expect(text).toContain(secrets.seedPassword)
  for (const { email } of PEOPLE) expect(text).toContain(email)
})

it('says after a restore that accounts and passwords are those of the backup, and shows none of its own', () => {
  writeFileSync(join(folder, 'seeded'), 'restored from 2026-11-21T02:17:00.000Z\n')
  const text = summaryOf(facts())
  expect(text).not.toContain(secrets.seedPassword)
  expect(PEOPLE.filter(({ email }) => text.includes(email))).toEqual([])
  expect(text).toContain('those of the backup of 2026-11-21T02:17:00.000Z')
  expect(text).toContain('Ctrl-C ends all of it.')
})

it('names nobody where there are servers alone', () => {
  const text = summaryOf(facts(true))
  expect(text).not.toContain(secrets.seedPassword)
  expect(PEOPLE.filter(({ email }) => text.includes(email))).toEqual([])
})
