export interface TreeLocation {
  /** Relative to the root of the tree, percent-encoded. */
  readonly uri: string
  /** From 1; undefined: the whole file. */
  readonly line?: number
  readonly column?: number
}

/** Without a slash in it, `name.ext:80` may be a host: only what is surely a file's name is taken for one. */
const FILE_NAME =
  /^(?:\.?[\w@.-]+\.(?:[cm]?[jt]sx?|json[5c]?|ya?ml|toml|md|txt|py|go|rs|java|kts?|rb|php|cs|sql|sh|env|lock|xml|html?|css|gradle|properties|ini|cfg|conf|proto|tf|ex|exs|vue|svelte)|\.env[\w.-]*|\.[a-z]+rc|Dockerfile[\w.-]*|Makefile|Jenkinsfile|Procfile|Gemfile|go\.mod|go\.sum)$/i

/**
 * The file that a finding's `where` names, or null: `src/a.ts:14`, `src/a.ts:14:3`, also with words after it.
 * Addresses, absolute paths and paths that leave the tree are not places in it.
 */
export function treeLocation(where: string): TreeLocation | null {
  const match = /^(?:\.\/)?([^\s:,;()<>"'`\\]+?)(?::([1-9]\d{0,8}))?(?::([1-9]\d{0,8}))?(?=$|[\s,;()])/u.exec(where)
  const path = match?.[1]
  if (path === undefined || !/^[\x21-\x7e\u00a1-\ud7ff\ue000-\ufffd]+$/u.test(path)) return null
  if (path.startsWith('/') || path.split('/').some((part) => part === '..' || part === '')) return null
  const [line, column] = [match?.[2], match?.[3]]
  const name = path.slice(path.lastIndexOf('/') + 1)
  const isFile = FILE_NAME.test(name) || (path.includes('/') && line !== undefined && !/^[\d.]+$/.test(name))
  if (!isFile) return null
  return {
    uri: path.split('/').map(encodeURIComponent).join('/'),
    ...(line === undefined ? {} : { line: Number(line) }),
    ...(column === undefined ? {} : { column: Number(column) }),
  }
}
