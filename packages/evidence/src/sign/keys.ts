import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { link, mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { systemCode } from '../files.ts'
import { describePublicKey, type PublicKey } from '../keyid.ts'

/** A signing key, held by the signer process alone. */
export interface SigningKey {
  readonly privateKey: KeyObject
  readonly publicKey: PublicKey
}

const KEY_BYTES_MAX = 16 * 1024

/**
 * Makes an Ed25519 key pair in a file that only its owner can read. Another process that makes it at the same moment
 * wins or loses as a whole: no half-written key is ever seen.
 *
 * @returns False if the file exists already.
 * @throws GreengateError SIGNER_FAILED
 */
export async function createKeyFile(path: string): Promise<boolean> {
  const { privateKey } = generateKeyPairSync('ed25519')
  const temporary = join(dirname(path), `.${randomBytes(8).toString('hex')}.key`)
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }))
      await file.sync()
    } finally {
      await file.close()
    }
    return await linkNew(temporary, path)
  } catch (cause) {
    throw failed(
      path,
      `The key file can't be created: ${systemCode(cause)}.`,
      'Make its folder writable and leave room on the disk.',
      cause,
    )
  } finally {
    await rm(temporary).catch(() => undefined)
  }
}

/** Gives the finished file its name unless somebody else was faster. */
async function linkNew(temporary: string, path: string): Promise<boolean> {
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/**
 * Reads a key file. Refuses one that others can read, that belongs to somebody else, or that is a link.
 *
 * @throws GreengateError SIGNER_FAILED
 */
export async function loadKeyFile(path: string): Promise<SigningKey> {
  let pem: Buffer
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      // Asked of the open file, not of the path: nobody can exchange it in between.
      const stats = await file.stat()
      if (!stats.isFile()) throw failed(path, 'The key file is not a file.', 'Name the file that holds the key.')
      if ((stats.mode & 0o077) !== 0) {
        throw failed(
          path,
          'Others can read the key file.',
          `Run \`chmod 600 ${path}\`; if others could read it for long, make a new key.`,
        )
      }
      const user = process.getuid?.()
      if (user !== undefined && stats.uid !== user) {
        throw failed(path, 'The key file belongs to another user.', 'Use a key file of the user who runs Greengate.')
      }
      if (stats.size > KEY_BYTES_MAX)
        throw failed(path, 'The key file is too large for a key.', 'Name the file that holds the key.')
      pem = await file.readFile()
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof GreengateError) throw cause
    const system = systemCode(cause)
    const problem =
      system === 'ENOENT'
        ? 'There is no key file.'
        : system === 'ELOOP'
          ? 'The key file is a link.'
          : `The key file can't be read: ${system}.`
    throw failed(path, problem, 'Name the file that holds the key; it must be mode 0600.', cause)
  }
  return readKey(path, pem)
}

function readKey(path: string, pem: Buffer): SigningKey {
  try {
    const privateKey = createPrivateKey(pem)
    return { privateKey, publicKey: describePublicKey(createPublicKey(privateKey)) }
  } catch (cause) {
    throw failed(
      path,
      'The key file does not hold an Ed25519 private key in PEM.',
      'Restore it from its backup, or remove it to make a new one.',
      cause,
    )
  }
}

function failed(path: string, message: string, fix: string, cause?: unknown): GreengateError {
  return new GreengateError('SIGNER_FAILED', message, { where: path, fix, cause })
}
