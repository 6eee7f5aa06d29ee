import { createCipheriv, createDecipheriv, createHash, type DecipherGCM, hkdfSync, randomBytes } from 'node:crypto'
import { open, rm } from 'node:fs/promises'
import { BackupError } from './backup-error.ts'

const CIPHER = 'aes-256-gcm'
const FRAME_BYTES = 64 * 1024
const TAG_BYTES = 16
const SALT_BYTES = 32

/** What was sealed or opened. */
export interface Content {
  readonly bytes: number
  /** Of the plain content, in hex. */
  readonly sha256: string
}

/** 32 bytes in hex from a variable. @throws BackupError `key_missing` */
export function readKey(text: string | undefined): Buffer {
  if (text === undefined || !/^[0-9a-fA-F]{64}$/.test(text))
    throw new BackupError('key_missing', 'BACKUP_KEY must be 64 hex digits: a backup without a key is not made')
  return Buffer.from(text, 'hex')
}

/** A key for one file: no two files of any backup share one, so the frames of each are simply counted. */
const fileKey = (key: Buffer, salt: Buffer, name: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, `platform backup 1 ${name}`, 32))

/** Number of the frame, and whether it is the last: a file that was cut off, or put together anew, does not open. */
function nonceOf(frame: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(frame, 7)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

/**
 * Seals what comes, frame by frame, as STREAM does (Hoang and others, 2015). A file that could not be finished is removed.
 * @param name belongs to the seal
 * @throws what the content throws; what the file system says, EEXIST for a file that is there
 */
export async function sealFile(
  file: string,
  name: string,
  key: Buffer,
  content: AsyncIterable<Buffer>,
): Promise<Content> {
  const salt = randomBytes(SALT_BYTES)
  const own = fileKey(key, salt, name)
  const sha256 = createHash('sha256')
  const handle = await open(file, 'wx', 0o600)
  let isFinished = false
  try {
    await handle.write(salt)
    let frame = 0
    let bytes = 0
    const seal = async (plain: Buffer, isLast: boolean): Promise<void> => {
      if (frame > 0xffff_fffe) throw new RangeError('a file of a backup has 256 TiB at the most')
      const cipher = createCipheriv(CIPHER, own, nonceOf(frame, isLast))
      await handle.write(Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]))
      frame += 1
    }
    let held = Buffer.alloc(0)
    for await (const part of content) {
      sha256.update(part)
      bytes += part.length
      held = Buffer.concat([held, part])
      // The last frame is never empty by accident: one is always kept back.
      while (held.length > FRAME_BYTES) {
        await seal(held.subarray(0, FRAME_BYTES), false)
        held = held.subarray(FRAME_BYTES)
      }
    }
    await seal(held, true)
    await handle.sync()
    isFinished = true
    return { bytes, sha256: sha256.digest('hex') }
  } finally {
    await handle.close()
    if (!isFinished) await rm(file, { force: true })
  }
}

function unseal(decipher: DecipherGCM, sealed: Buffer, name: string): Buffer {
  try {
    return Buffer.concat([decipher.update(sealed), decipher.final()])
  } catch (error) {
    throw new BackupError('backup_damaged', `${name} was altered, or sealed with another key`, error)
  }
}

/**
 * The content of a sealed file. What was yielded is genuine; that it is all of it is known when it ends.
 * @throws BackupError `key_wrong` or `backup_damaged`
 */
export async function* openFile(file: string, name: string, key: Buffer): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw new BackupError('backup_damaged', `${name} is missing`, error)
  })
  try {
    const salt = Buffer.alloc(SALT_BYTES)
    const { bytesRead } = await handle.read(salt, 0, SALT_BYTES, 0)
    const { size } = await handle.stat()
    if (bytesRead !== SALT_BYTES || size < SALT_BYTES + TAG_BYTES)
      throw new BackupError('backup_damaged', `${name} is cut off`)
    const own = fileKey(key, salt, name)
    for (let at = SALT_BYTES, frame = 0; at < size; frame += 1) {
      const length = Math.min(FRAME_BYTES + TAG_BYTES, size - at)
      const sealed = Buffer.alloc(length)
      const read = await handle.read(sealed, 0, length, at)
      at += length
      if (read.bytesRead !== length || length < TAG_BYTES) throw new BackupError('backup_damaged', `${name} is cut off`)
      const decipher = createDecipheriv(CIPHER, own, nonceOf(frame, at === size))
      decipher.setAuthTag(sealed.subarray(length - TAG_BYTES))
      yield unseal(decipher, sealed.subarray(0, length - TAG_BYTES), name)
    }
  } finally {
    await handle.close()
  }
}
