import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Most that is read of a file that configuration comes from; bytes. */
export const FILE_BYTES_MAX = 65_536

/** How small files are read; passed in, so that tests own it. Null: there is none, it can't be read or is too large. */
export type ReadSmallFile = (path: string) => string | null

/**
 * Reads a regular file of at most 64 KiB. Anything else gives null: a pipe that never ends, a device or a huge file must
 * not hang or fill a start.
 */
export function readSmallFile(path: string): string | null {
  let file: number | null = null
  try {
    file = openSync(path, 'r')
    // Its size is not believed: files of /proc say 0, and a file may grow.
    if (!fstatSync(file).isFile()) return null
    const bytes = Buffer.alloc(FILE_BYTES_MAX + 1)
    let length = 0
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null)
      length += read
      if (read === 0 || length === bytes.length) break
    }
    if (length > FILE_BYTES_MAX) return null
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length))
  } catch {
    return null
  } finally {
    if (file !== null) closeSync(file)
  }
}
