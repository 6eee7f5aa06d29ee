/** A version as Semantic Versioning 2.0.0 orders it; build metadata is not part of the order. */
export interface SemanticVersion {
  readonly numbers: readonly [number, number, number]
  /** Identifiers of a pre-release; empty for a release. */
  readonly preRelease: readonly string[]
}

const VERSION =
  /^v?(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:-([0-9A-Za-z-]{1,64}(?:\.[0-9A-Za-z-]{1,64}){0,15}))?(?:\+[0-9A-Za-z.-]{1,128})?$/

/** Null for what is not a version (`v` in front is accepted, as in tags). */
export function parseVersion(text: string): SemanticVersion | null {
  const match = text.length > 256 ? null : VERSION.exec(text)
  if (!match) return null
  return {
    numbers: [Number(match[1]), Number(match[2]), Number(match[3])],
    preRelease: match[4]?.split('.') ?? [],
  }
}

function compareIdentifiers(a: string, b: string): number {
  const numeric = /^\d+$/
  const [isNumberA, isNumberB] = [numeric.test(a), numeric.test(b)]
  if (isNumberA && isNumberB) return Math.sign(Number(a) - Number(b))
  if (isNumberA !== isNumberB) return isNumberA ? -1 : 1
  return a === b ? 0 : a < b ? -1 : 1
}

/** -1, 0 or 1 for older, same and newer (Semantic Versioning 2.0.0, section 11). */
export function compareVersions(a: SemanticVersion, b: SemanticVersion): number {
  for (const index of [0, 1, 2] as const) {
    const difference = a.numbers[index] - b.numbers[index]
    if (difference !== 0) return Math.sign(difference)
  }
  if (a.preRelease.length === 0 || b.preRelease.length === 0)
    return Math.sign(b.preRelease.length - a.preRelease.length)
  for (let index = 0; index < Math.max(a.preRelease.length, b.preRelease.length); index += 1) {
    const [left, right] = [a.preRelease[index], b.preRelease[index]]
    if (left === undefined || right === undefined) return left === undefined ? -1 : 1
    const order = compareIdentifiers(left, right)
    if (order !== 0) return order
  }
  return 0
}
