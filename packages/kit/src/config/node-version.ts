type Version = readonly [major: number, minor: number, patch: number]
type Test = (version: Version) => boolean

const NUMBER = String.raw`(?:0|[1-9]\d{0,5})`
const PARTIAL = new RegExp(String.raw`^v?(${NUMBER})(?:\.(${NUMBER}|x|\*)(?:\.(${NUMBER}|x|\*))?)?$`)
const COMPARATORS_MAX = 20

function compare(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
}

function numberOf(text: string | undefined): number | null {
  return text === undefined || text === 'x' || text === '*' ? null : Number(text)
}

/** `24`, `24.1`, `24.x`, `v24.1.0`, with what is not said as null. */
function partial(text: string): readonly [number, number | null, number | null] | null {
  const match = PARTIAL.exec(text)
  return match ? [Number(match[1]), numberOf(match[2]), numberOf(match[3])] : null
}

/** From the lowest version that the text covers up to, not including, the lowest above it. */
function span(text: string): readonly [from: Version, to: Version] | null {
  const parts = partial(text)
  if (!parts) return null
  const [major, minor, patch] = parts
  const from: Version = [major, minor ?? 0, minor === null ? 0 : (patch ?? 0)]
  if (minor === null) return [from, [major + 1, 0, 0]]
  return [from, patch === null ? [major, minor + 1, 0] : [major, minor, patch + 1]]
}

function comparator(text: string): Test | null {
  if (text === '*' || text === 'x') return () => true
  const [, sign = '', rest = ''] = /^(>=|<=|>|<|=|\^|~)?(.*)$/.exec(text) ?? []
  const covered = span(rest)
  if (!covered) return null
  const [from, to] = covered
  switch (sign) {
    case '>=':
      return (version) => compare(version, from) >= 0
    case '>':
      return (version) => compare(version, to) >= 0
    case '<':
      return (version) => compare(version, from) < 0
    case '<=':
      return (version) => compare(version, to) < 0
    case '^':
      // There is no Node 0 to be kept apart by its minor versions.
      return (version) => compare(version, from) >= 0 && version[0] === from[0]
    case '~':
      return (version) =>
        compare(version, from) >= 0 && version[0] === from[0] && (partial(rest)?.[1] === null || version[1] === from[1])
    default:
      return (version) => compare(version, from) >= 0 && compare(version, to) < 0
  }
}

/**
 * Whether a version of Node is within what a `.node-version`, an `.nvmrc` or `engines.node` of a package.json asks for:
 * versions, parts of versions, `>= <= > < = ^ ~`, blanks for "and", `||` for "or". Null when the text is anything else
 * (`lts/*`, a hyphen range): then it pins nothing that could be compared.
 * @param version as `process.version`
 */
export function nodeVersionSatisfies(version: string, wanted: string): boolean | null {
  const [, major, minor, patch] = /^v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})(?:[-+].*)?$/.exec(version) ?? []
  if (major === undefined || wanted.trim() === '' || wanted.length > 200) return null
  const actual: Version = [Number(major), Number(minor), Number(patch)]
  let satisfied = false
  for (const alternative of wanted.split('||')) {
    const texts = alternative
      .trim()
      .replaceAll(/(>=|<=|>|<|=|\^|~) +/g, '$1')
      .split(/\s+/)
    if (texts.length > COMPARATORS_MAX) return null
    const tests = texts.map((text) => comparator(text))
    if (tests.includes(null)) return null
    satisfied ||= tests.every((test) => test?.(actual))
  }
  return satisfied
}
