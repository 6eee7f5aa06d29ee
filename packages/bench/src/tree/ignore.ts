/**
 * Patterns in gitignore syntax as one predicate on relative paths with forward slashes. A folder that matches takes
 * everything below it along; `!` brings a path back; the last pattern that matches decides.
 */
export function ignoreMatcher(patterns: readonly string[]): (path: string) => boolean {
  const rules = patterns.flatMap((line) => {
    const rule = parsePattern(line)
    return rule ? [rule] : []
  })
  if (rules.length === 0) return () => false
  return (path) => {
    const parts = path.split('/')
    let ignored = false
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const prefix = parts.slice(0, depth).join('/')
      const isFolder = depth < parts.length
      for (const rule of rules) {
        if (rule.folderOnly && !isFolder) continue
        if (rule.regex.test(prefix)) ignored = !rule.negated
      }
    }
    return ignored
  }
}

interface Rule {
  readonly regex: RegExp
  readonly negated: boolean
  readonly folderOnly: boolean
}

function parsePattern(line: string): Rule | null {
  let text = line.replace(/\r$/, '').replace(/(?<!\\)\s+$/, '')
  if (text === '' || text.startsWith('#')) return null
  const negated = text.startsWith('!')
  if (negated) text = text.slice(1)
  const folderOnly = text.endsWith('/')
  if (folderOnly) text = text.slice(0, -1)
  const anchored = text.includes('/')
  if (text.startsWith('/')) text = text.slice(1)
  if (text === '') return null
  return { regex: new RegExp(`^${anchored ? '' : '(?:.*/)?'}${globToRegex(text)}$`), negated, folderOnly }
}

function globToRegex(glob: string): string {
  let out = ''
  for (let i = 0; i < glob.length; i += 1) {
    const c = glob.charAt(i)
    if (c === '*' && glob.charAt(i + 1) === '*') {
      if (glob.charAt(i + 2) === '/') {
        out += '(?:.*/)?'
        i += 2
      } else {
        out += '.*'
        i += 1
      }
    } else if (c === '*') out += '[^/]*'
    else if (c === '?') out += '[^/]'
    else if (c === '[') {
      const end = glob.indexOf(']', i + 2)
      if (end < 0) out += '\\['
      else {
        out += `[${glob
          .slice(i + 1, end)
          .replace(/^!/, '^')
          .replaceAll('\\', '\\\\')}]`
        i = end
      }
    } else if (c === '\\') {
      out += escapeRegex(glob.charAt(i + 1))
      i += 1
    } else out += escapeRegex(c)
  }
  return out
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}
