import { extname } from 'node:path'
import { createRequire } from 'node:module'
import { Lang, parse, registerDynamicLanguage, type SgNode } from '@ast-grep/napi'

export type Language = 'typescript' | 'python'
export type Node = SgNode

const TYPESCRIPT = new Set(['.ts', '.mts', '.cts'])
const TSX = new Set(['.tsx', '.jsx', '.js', '.mjs', '.cjs'])
let python: boolean | null = null

/** Language of a source file that can be read as a syntax tree; null: it can't. */
export function languageOf(path: string): Language | null {
  const extension = extname(path)
  if (path.endsWith('.d.ts')) return null
  if (TYPESCRIPT.has(extension) || TSX.has(extension)) return 'typescript'
  return extension === '.py' ? 'python' : null
}

/**
 * Reads source as a syntax tree. Null: no parser for it here (the Python grammar is a native package), or broken syntax
 * so bad that there is no tree.
 */
export function parseSource(path: string, text: string): Node | null {
  const language = languageOf(path)
  if (language === null) return null
  if (language === 'python') return loadPython() ? parse('python', text).root() : null
  return parse(TYPESCRIPT.has(extname(path)) ? Lang.TypeScript : Lang.Tsx, text).root()
}

function loadPython(): boolean {
  if (python !== null) return python
  try {
    const loaded: unknown = createRequire(import.meta.url)('@ast-grep/lang-python')
    const registration = (isObject(loaded) && 'default' in loaded ? loaded.default : loaded) as Parameters<
      typeof registerDynamicLanguage
    >[0][string]
    registerDynamicLanguage({ python: registration })
    python = true
  } catch {
    python = false
  }
  return python
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** All nodes of these kinds. */
export function nodesOf(root: Node, ...kinds: string[]): Node[] {
  return root.findAll({ rule: { any: kinds.map((kind) => ({ kind })) } })
}

/** `path:line`, line from 1. */
export function placeOf(path: string, node: Node): string {
  return `${path}:${node.range().start.line + 1}`
}

/** Content of a string literal without placeholders; null for anything else. */
export function stringOf(node: Node | null): string | null {
  if (!node) return null
  if (node.kind() === 'string') {
    if (node.children().some((child) => child.kind() === 'interpolation')) return null
    return node.text().replace(/^[rbuRBU]*("""|'''|["'])([\s\S]*)\1$/, '$2')
  }
  if (node.kind() === 'template_string' && !node.children().some((child) => child.kind() === 'template_substitution'))
    return node.text().slice(1, -1)
  return null
}

/** Code that is not the service: tests, fixtures, tools. */
export function isSupportCode(path: string): boolean {
  return (
    isTestCode(path) ||
    /(^|\/)(scripts?|tools?|tooling|bench(marks?)?|examples?|docs?|\.github|\.ci|stories|migrations?)\//.test(path) ||
    /(^|\/)[^/]*\.config\.[cm]?[jt]sx?$/.test(path) ||
    /(^|\/)(setup|conf|noxfile|tasks)\.py$/.test(path) ||
    /(^|\/)(gulpfile|gruntfile)\.[cm]?js$/i.test(path)
  )
}

export function isTestCode(path: string): boolean {
  return (
    /(^|\/)(tests?|__tests__|__mocks__|spec|e2e|fixtures|__fixtures__|testdata|cypress)\//.test(path) ||
    /\.(test|spec|cy)\.[cm]?[jt]sx?$/.test(path) ||
    /(^|\/)(test_[^/]*|[^/]*_test|conftest)\.py$/.test(path)
  )
}
