import type { TreePort } from '@greengate/contracts'

const FOCUSED = /(?<![\w.$])(?:(?:describe|it|test|suite|context|bench)(?:\.\w+)*\.only\b|fit\s*\(|fdescribe\s*\()/g
const PLACES_MAX = 20

/** Places where a test is marked as the only one to run; comments and strings don't count. */
export async function findFocused(tree: TreePort, testFiles: readonly string[]): Promise<string[]> {
  const places: string[] = []
  for (const path of testFiles) {
    if (!/\.[cm]?[jt]sx?$/.test(path)) continue
    const text = await tree.read(path).catch(() => '')
    if (!/\.only\b|\bf(?:it|describe)\s*\(/.test(text)) continue
    const code = blankOut(text)
    for (const match of code.matchAll(FOCUSED)) {
      if (places.length < PLACES_MAX) places.push(`${path}:${code.slice(0, match.index).split('\n').length}`)
    }
  }
  return places
}

/** The text with comments and strings replaced by blanks; lines and columns stay. */
export function blankOut(text: string): string {
  const blank = (part: string): string => part.replace(/[^\n]/g, ' ')
  return text.replace(
    /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g,
    blank,
  )
}

/** The text with comments replaced by blanks; strings, in which `//` is no comment, stay. */
export function blankComments(text: string): string {
  const pattern =
    /('(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g
  return text.replace(pattern, (whole: string, literal: string | undefined) => literal ?? whole.replace(/[^\n]/g, ' '))
}
