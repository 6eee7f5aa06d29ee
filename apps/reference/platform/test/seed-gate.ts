/**
 * Signs the first owner in and makes a founder key, with tokens that the gate knows: they are made of a secret that it minted.
 * Only greengate.config.ts runs this, before a start.
 */
import { Database } from '@greengate/kit/data'
import { tokenDigest } from '@greengate/reference-base'
import { readConfig } from '../src/config.ts'

const openSession = {
  name: 'gate-session',
  text: `insert into sessions (token_digest, user_id, expires_at)
    select $1, id, now() + interval '1 day' from users where email = $2 on conflict do nothing`,
}
const setFounderKey = {
  name: 'gate-founder-key',
  text: 'insert into founder_key (key_digest) values ($1) on conflict do nothing',
}

const config = readConfig(process.env)
const secret = config.BOOTSTRAP_PASSWORD ?? ''
if (secret.length < 40) throw new RangeError('BOOTSTRAP_PASSWORD is none that the gate minted')
const database = new Database({ url: config.DATABASE_URL, name: 'gate-seed', connectionsMax: 1 })
try {
  // The second one is for signing out.
  for (const token of [`gs_1${secret}`, `gs_2${secret}`])
    await database.rows(openSession, [tokenDigest(token), config.BOOTSTRAP_EMAIL])
  await database.rows(setFounderKey, [tokenDigest(`fk_${secret}`)])
} finally {
  await database.close()
}
