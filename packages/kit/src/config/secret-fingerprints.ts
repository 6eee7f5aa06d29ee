import { createHmac } from 'node:crypto'
import { type ReadSmallFile, readSmallFile } from './small-file.ts'
import { secretsByName } from './load-config.ts'
import type { Registry } from './variable.ts'

/**
 * A keyed digest (HMAC-SHA-256) of every secret, by which environments show that they share none (CFG-08) without
 * showing any. With the same key the same secret gives the same digest.
 * @param key at least 32 characters, known to who compares and to nobody else: without it a weak secret could be guessed
 * @throws RangeError for a shorter key
 */
export function secretFingerprints(
  registry: Registry,
  env: Readonly<Record<string, string | undefined>>,
  key: string,
  readFile: ReadSmallFile = readSmallFile,
): Record<string, string> {
  if (key.length < 32) throw new RangeError(`the key needs at least 32 characters, but it has ${key.length}`)
  const digests: Record<string, string> = {}
  for (const [name, secret] of secretsByName(registry, env, readFile))
    digests[name] = createHmac('sha256', key).update(secret).digest('hex')
  return digests
}
