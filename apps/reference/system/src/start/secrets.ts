import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { weakness } from '@greengate/kit/config'
import { z } from 'zod'
import { SystemError } from './system-folder.ts'

const secretsSchema = z.object({
  postgresPassword: z.string().min(32),
  platformDatabasePassword: z.string().min(32),
  contentDatabasePassword: z.string().min(32),
  serviceToken: z.string().min(32),
  mailApiKey: z.string().regex(/^mk_test_[A-Za-z0-9]{24}$/),
  s3AccessKeyId: z.string().min(16),
  s3SecretAccessKey: z.string().min(32),
  /** Of everybody who is seeded. */
  seedPassword: z.string().min(16),
})

/** What the processes of one folder share; made once. */
export type Secrets = z.output<typeof secretsSchema>

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'
// The largest multiple of the alphabet in a byte: all letters are equally likely.
const BYTE_LIMIT = 256 - (256 % ALPHABET.length)

/** Letters and digits that nobody confuses. */
function letters(length: number): string {
  let text = ''
  while (text.length < length)
    for (const byte of randomBytes(length))
      if (byte < BYTE_LIMIT && text.length < length) text += ALPHABET[byte % ALPHABET.length]
  return text
}

function mint(): Secrets {
  return {
    postgresPassword: letters(40),
    platformDatabasePassword: letters(40),
    contentDatabasePassword: letters(40),
    serviceToken: letters(48),
    mailApiKey: `mk_test_${letters(24)}`,
    s3AccessKeyId: letters(20),
    s3SecretAccessKey: letters(40),
    seedPassword: [letters(6), letters(6), letters(6)].join('-'),
  }
}

/** Writes a file that only its owner reads, wholly or not at all. */
export function writePrivate(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true })
  renameSync(`${file}.new`, file)
}

/**
 * Reads the secrets of a folder, or makes them the first time.
 * @param seedPassword of everybody who is seeded, instead of one that is drawn; only where the folder is new
 * @throws ZodError when the file is not what was written, SystemError for a password that is too weak
 */
export function secretsIn(file: string, seedPassword?: string): Secrets {
  if (existsSync(file)) return secretsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  const weak = seedPassword === undefined ? '' : weakness(seedPassword)
  if (weak !== '') throw new SystemError('not_startable', `SEED_PASSWORD ${weak}`)
  const secrets = { ...mint(), ...(seedPassword === undefined ? {} : { seedPassword }) }
  writePrivate(file, `${JSON.stringify(secrets, null, 2)}\n`)
  return secrets
}
