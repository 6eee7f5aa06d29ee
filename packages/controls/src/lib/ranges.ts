/** Whether a version is one of those that a specification allows; null: the specification is none that is understood. */
export type Allows = (spec: string, version: string) => boolean | null

type Version = readonly [number, number, number]

/** Specifications of npm: `^1.2.3`, `~1.2`, `1.x`, `>=1 <3`, `1 - 2`, `a || b`. Tags and addresses are not understood. */
export const npmAllows: Allows = (spec, version) => {
  const at = parse(version)
  const range = spec.startsWith('npm:') ? spec.slice(spec.lastIndexOf('@') + 1) : spec
  // What prereleases a range allows is a matter of its own; nothing is claimed about them.
  if (!at || /-/.test(version) || /\d-\w/.test(range)) return null
  const all = range.split('||').map((part) => every(npmParts(part), at))
  return all.some((one) => one === null) ? null : all.includes(true)
}

/** Specifications of PEP 440 and of poetry: `~=1.2`, `>=1,<3`, `==1.*`, `!=1.2`, `^1.2`, `~1.2`, `1.2 || 2`. */
export const pythonAllows: Allows = (spec, version) => {
  const at = parse(version)
  if (!at || /[a-z]/i.test(version) || /[a-z]/i.test(spec)) return null
  const all = spec.split('||').map((part) => every(part.split(/[,\s]+(?=[<>=!~^*\d])/).map(pythonPart), at))
  return all.some((one) => one === null) ? null : all.includes(true)
}

type Part = ((version: Version) => boolean) | null

function every(parts: readonly Part[], at: Version): boolean | null {
  if (parts.some((part) => part === null)) return null
  return parts.every((part) => part?.(at))
}

function parse(text: string): Version | null {
  const match = /^\s*[v=]*(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text)
  return match ? [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0)] : null
}

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}

/** How many of the three numbers are written: `1.x` is one. */
function written(text: string): number {
  return text.split('.').findIndex((part) => !/^\d+$/.test(part)) === -1
    ? Math.min(3, text.split('.').length)
    : text.split('.').findIndex((part) => !/^\d+$/.test(part))
}

/** The first version after all that agree with this one in its first `keep` numbers. */
function after(low: Version, keep: number): Version {
  if (keep <= 0) return [Number.MAX_SAFE_INTEGER, 0, 0]
  if (keep === 1) return [low[0] + 1, 0, 0]
  return keep === 2 ? [low[0], low[1] + 1, 0] : [low[0], low[1], low[2] + 1]
}

function between(low: Version, high: Version): Part {
  return (version) => compare(version, low) >= 0 && compare(version, high) < 0
}

function caret(low: Version, count: number): Part {
  const keep = low[0] > 0 || count === 1 ? 1 : low[1] > 0 || count === 2 ? 2 : 3
  return between(low, after(low, keep))
}

function npmParts(range: string): Part[] {
  const hyphen = /^\s*(\S+)\s+-\s+(\S+)\s*$/.exec(range)
  if (hyphen) return [npmPart(`>=${hyphen[1]}`), npmPart(`<=${hyphen[2]}`)]
  const words = range
    .trim()
    .replace(/([<>=~^]+)\s+/g, '$1')
    .split(/\s+/)
  return words.map(npmPart)
}

function npmPart(word: string): Part {
  if (/^(\*|x|X|)$/.test(word)) return () => true
  const [, operator = '', rest = ''] = /^(\^|~|>=|<=|>|<|=)?v?(\d+(?:\.(?:\d+|[xX*])){0,2})$/.exec(word) ?? []
  const low = parse(rest)
  if (rest === '' || !low) return null
  const count = written(rest)
  if (operator === '^') return caret(low, count)
  if (operator === '~') return between(low, after(low, Math.min(2, count)))
  return operator === '' || operator === '=' ? between(low, after(low, count)) : ordered(operator, low, count)
}

function ordered(operator: string, low: Version, count: number): Part {
  if (operator === '>=') return (version) => compare(version, low) >= 0
  if (operator === '<') return (version) => compare(version, low) < 0
  // `>1.2` begins after all of 1.2, `<=1.2` holds all of it: npm's reading, and that of nobody's lock is narrower.
  if (operator === '>') return (version) => compare(version, count < 3 ? low : after(low, 3)) >= 0
  return (version) => compare(version, after(low, count)) < 0
}

function pythonPart(word: string): Part {
  const text = word.trim()
  if (text === '' || text === '*') return () => true
  const [, operator = '', rest = ''] = /^(===|==|!=|~=|>=|<=|>|<|\^|~)?\s*(\d+(?:\.\d+)*(?:\.\*)?)$/.exec(text) ?? []
  const low = parse(rest)
  if (rest === '' || !low || rest.split('.').length > 3 + Number(rest.endsWith('*'))) return null
  const count = written(rest)
  if (operator === '^') return caret(low, count)
  if (operator === '~') return between(low, after(low, Math.min(2, count)))
  if (operator === '~=') return between(low, after(low, count - 1))
  const same = between(low, after(low, rest.endsWith('*') ? count : 3))
  if (operator === '!=') return (version) => !same?.(version)
  return operator === '' || operator.startsWith('==') ? same : ordered(operator, low, 3)
}
