import { type Parsed, broken, empty, wholeNumber } from './parsed.ts'
import { type XmlElement, parseXml } from './xml.ts'

export interface FileCoverage {
  /** As the report writes it. */
  readonly path: string
  readonly linesFound: number
  readonly linesHit: number
}

export interface CoverageReport {
  readonly format: 'lcov' | 'cobertura'
  readonly files: readonly FileCoverage[]
  /** Folders that relative paths may be relative to. */
  readonly sources: readonly string[]
}

/** Reads lcov or Cobertura, told apart by their first characters. */
export function parseCoverage(text: string): Parsed<CoverageReport> {
  const start = text.replace(/^\uFEFF/, '').trimStart()
  if (start === '') return empty('coverage')
  return start.startsWith('<') ? parseCobertura(start) : parseLcov(start)
}

interface Lines {
  readonly hits: Map<number, number>
  found: number
  hit: number
}

/** Reads lcov. Records of one file are merged: a line is hit if any of them hit it. */
export function parseLcov(text: string): Parsed<CoverageReport> {
  const files = new Map<string, Lines>()
  let current: Lines | null = null
  let number = 0
  for (const raw of text.split('\n')) {
    number += 1
    const line = raw.trim()
    if (line === 'end_of_record') {
      current = null
    } else if (line.startsWith('SF:')) {
      if (current) return broken(`line ${number}: a record begins before the one above ended`)
      const path = line.slice(3).trim()
      current = files.get(path) ?? { hits: new Map(), found: 0, hit: 0 }
      files.set(path, current)
    } else if (current && line.startsWith('DA:')) {
      const [at, hits] = line.slice(3).split(',')
      const lineNumber = wholeNumber(at)
      const count = wholeNumber(hits)
      if (lineNumber === null || count === null) return broken(`line ${number}: ${line.slice(0, 60)}`)
      current.hits.set(lineNumber, Math.max(count, current.hits.get(lineNumber) ?? 0))
    } else if (current && line.startsWith('LF:')) {
      current.found = Math.max(current.found, wholeNumber(line.slice(3)) ?? 0)
    } else if (current && line.startsWith('LH:')) {
      current.hit = Math.max(current.hit, wholeNumber(line.slice(3)) ?? 0)
    }
  }
  if (current) return broken('the report ends in the middle of a record')
  if (files.size === 0) return broken('there is no record (SF:) in it')
  return { ok: true, value: { format: 'lcov', files: summed(files), sources: [] } }
}

/** Reads Cobertura XML. Classes of one file are merged; lines of methods repeat those of their class. */
export function parseCobertura(text: string): Parsed<CoverageReport> {
  const parsed = parseXml(text)
  if (!parsed.ok) return parsed
  const root = parsed.value
  if (root.name !== 'coverage') return broken(`the root element is <${root.name}>, not <coverage>`)
  const files = new Map<string, Lines>()
  const sources: string[] = []
  visit(root, (element) => {
    if (element.name === 'source' && element.text.trim() !== '') sources.push(element.text.trim())
    const path = element.attributes['filename']
    if (element.name !== 'class' || path === undefined) return
    const lines = files.get(path) ?? { hits: new Map<number, number>(), found: 0, hit: 0 }
    files.set(path, lines)
    visit(element, (inner) => {
      if (inner.name !== 'line') return
      const at = wholeNumber(inner.attributes['number'])
      const hits = wholeNumber(inner.attributes['hits'])
      if (at !== null && hits !== null) lines.hits.set(at, Math.max(hits, lines.hits.get(at) ?? 0))
    })
  })
  if (files.size === 0) return broken('there is no class with a file name in it')
  return { ok: true, value: { format: 'cobertura', files: summed(files), sources } }
}

function visit(element: XmlElement, see: (element: XmlElement) => void): void {
  for (const child of element.children) {
    see(child)
    if (child.name !== 'class') visit(child, see)
  }
}

function summed(files: ReadonlyMap<string, Lines>): FileCoverage[] {
  return [...files].map(([path, lines]) => {
    if (lines.hits.size === 0) return { path, linesFound: lines.found, linesHit: Math.min(lines.hit, lines.found) }
    const hit = [...lines.hits.values()].filter((count) => count > 0).length
    return { path, linesFound: lines.hits.size, linesHit: hit }
  })
}

/**
 * The file of the tree that a report's path means, or null. Reports write absolute paths of the folder they ran in,
 * paths relative to it or to a package, with either kind of slash.
 */
export function pathMatcher(
  treeFiles: readonly string[],
  roots: readonly string[],
): (path: string, sources?: readonly string[]) => string | null {
  const known = new Set(treeFiles)
  const byName = new Map<string, string[]>()
  for (const file of treeFiles) {
    const name = file.slice(file.lastIndexOf('/') + 1)
    byName.set(name, [...(byName.get(name) ?? []), file])
  }
  const prefixes = roots.map((root) => `${slashed(root).replace(/\/+$/, '')}/`)
  const inTree = (path: string): string | null => {
    const prefix = prefixes.find((candidate) => path.startsWith(candidate))
    const relative = collapse(prefix ? path.slice(prefix.length) : path)
    return known.has(relative) ? relative : null
  }
  return (raw, sources = []) => {
    const path = slashed(raw.replace(/^file:\/\//, ''))
    const candidates = [path, ...sources.map((source) => `${slashed(source).replace(/\/+$/, '')}/${path}`)]
    for (const candidate of candidates) {
      const found = inTree(candidate)
      if (found !== null) return found
    }
    // From another folder or machine: the one file whose path ends alike. Two that do are nobody's.
    const parts = collapse(path)
      .split('/')
      .filter((part) => part !== '')
    const alike = byName.get(parts.at(-1) ?? '') ?? []
    const scored = alike.map((file) => ({ file, shared: sharedTail(parts, file.split('/')) }))
    const whole = scored.filter(({ file, shared }) => shared === parts.length || shared === file.split('/').length)
    const best = whole.toSorted((a, b) => b.shared - a.shared)
    return best[0] && best[0].shared !== best[1]?.shared ? best[0].file : null
  }
}

function sharedTail(a: readonly string[], b: readonly string[]): number {
  let shared = 0
  while (shared < a.length && shared < b.length && a[a.length - 1 - shared] === b[b.length - 1 - shared]) shared += 1
  return shared
}

function slashed(path: string): string {
  return path.replaceAll('\\', '/')
}

function collapse(path: string): string {
  const out: string[] = []
  for (const part of path.split('/')) {
    if (part === '..' && out.length > 0) out.pop()
    else if (part !== '.' && part !== '') out.push(part)
  }
  return out.join('/')
}
