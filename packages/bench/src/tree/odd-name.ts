import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat, readlink } from 'node:fs/promises'

/**
 * A name whose bytes are not UTF-8 as text that no other name gives: everything but printable ASCII is escaped, the
 * backslash included.
 */
function spellName(raw: Buffer): string {
  let text = ''
  for (const byte of raw) {
    const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c
    text += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return text
}

/** A path as text; of one that is not UTF-8, its escaped spelling. */
export function textOf(raw: Buffer): string {
  return isUtf8(raw) ? raw.toString('utf8') : spellName(raw)
}

/**
 * Why a file with such a name is not exported, with what it holds, so that the digest of the tree follows it. Null: there
 * is no such file.
 */
export async function describeOddName(dir: string, raw: Buffer): Promise<{ path: string; reason: string } | null> {
  const path = spellName(raw)
  try {
    return {
      path,
      reason: `its name is not valid UTF-8: ${await contentOf(Buffer.concat([Buffer.from(`${dir}/`), raw]))}`,
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    return code === 'ENOENT' ? null : { path, reason: `its name is not valid UTF-8: ${code}` }
  }
}

async function contentOf(file: Buffer): Promise<string> {
  const stats = await lstat(file)
  const hash = createHash('sha256')
  if (stats.isSymbolicLink())
    return `link, sha256:${hash.update(await readlink(file, { encoding: 'buffer' })).digest('hex')}`
  if (!stats.isFile()) return 'neither a file nor a link'
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
  return `${(stats.mode & 0o111) === 0 ? 'file' : 'executable'} of ${stats.size} bytes, sha256:${hash.digest('hex')}`
}
