import { GreengateError, type TrustRoot } from '@greengate/contracts'
import { type PublicKey, readPublicKey } from '../keyid.ts'

/** A public key with what its evidence counts as. */
export interface TrustedKey extends PublicKey {
  readonly trust: 'local' | 'runner'
}

/**
 * The keys of a trust root. Key ids are recomputed: one that does not belong to its key is an error, not a rename.
 *
 * @throws GreengateError TRUST_ROOT_INVALID
 */
export function trustedKeys(keys: TrustRoot['keys']): ReadonlyMap<string, TrustedKey> {
  const trusted = new Map<string, TrustedKey>()
  for (const [index, entry] of keys.entries()) {
    const where = `keys.${index}`
    let key: PublicKey
    try {
      key = readPublicKey(entry.publicKey)
    } catch (cause) {
      throw new GreengateError('TRUST_ROOT_INVALID', 'It is not an Ed25519 public key in PEM.', { where, cause })
    }
    if (key.keyid !== entry.keyid) {
      throw new GreengateError('TRUST_ROOT_INVALID', `The key id of this key is ${key.keyid}, not ${entry.keyid}.`, {
        where,
      })
    }
    if (trusted.has(key.keyid))
      throw new GreengateError('TRUST_ROOT_INVALID', 'The same key is named twice.', { where })
    trusted.set(key.keyid, { ...key, trust: entry.trust })
  }
  return trusted
}
