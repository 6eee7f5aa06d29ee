/** What an entry of `packages` in a lock file of npm says, as far as it matters here (lockfileVersion 2 and 3). */
interface Entry {
  readonly link?: boolean
  readonly resolved?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Names of the packages that npm installs for some of a lock file's manifests: those they name, for development as well, and
 * what these need. Of a monorepo's one lock file that is the part that one component gets.
 *
 * @param lock text of `package-lock.json`
 * @param folders folders of the manifests, relative to that of the lock file; '' is its own
 * @returns null for a lock file that does not say who needs what: then everything in it counts
 */
export function installedFor(lock: string, folders: readonly string[]): ReadonlySet<string> | null {
  let json: unknown
  try {
    json = JSON.parse(lock)
  } catch {
    return null
  }
  if (!isObject(json) || !isObject(json['packages'])) return null
  const packages = json['packages'] as Readonly<Record<string, Entry>>
  const names = new Set<string>()
  const seen = new Set<string>()
  const queue = folders.filter((folder) => Object.hasOwn(packages, folder))
  // A manifest that the lock does not know: what it installs can't be told.
  if (queue.length < folders.length) return null
  const own = new Set(queue)
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    if (seen.has(key)) continue
    seen.add(key)
    const { dependencies, devDependencies, optionalDependencies, peerDependencies } = packages[key] ?? {}
    const development = own.has(key) ? devDependencies : {}
    for (const name of Object.keys({ ...dependencies, ...development, ...optionalDependencies, ...peerDependencies })) {
      const at = placeOf(packages, key, name)
      if (at === null) continue
      names.add(name)
      const entry = packages[at]
      queue.push(entry?.link && entry.resolved !== undefined ? entry.resolved : at)
    }
  }
  return names
}

/** Where Node would find a package: beside whoever needs it, or in a folder above. */
function placeOf(packages: Readonly<Record<string, Entry>>, from: string, name: string): string | null {
  const parts = from === '' ? [] : from.split('/')
  for (let length = parts.length; length >= 0; length -= 1) {
    if (parts[length - 1] === 'node_modules') continue
    const key = [...parts.slice(0, length), 'node_modules', name].join('/')
    if (Object.hasOwn(packages, key)) return key
  }
  return null
}
