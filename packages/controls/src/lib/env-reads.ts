import { pythonReads } from './env-reads-python.ts'
import { scriptReads } from './env-reads-script.ts'
import type { Language, Node } from './syntax.ts'

export interface EnvRead {
  readonly name: string
  readonly where: string
}

/** Names in capitals that belong together: the keys of an object literal, the strings of an array. */
export interface EnvGroup {
  /** Name of the constant that holds it; empty: none. */
  readonly of: string
  readonly entries: readonly EnvRead[]
  /** Whether it describes its names (`PORT: num()`) rather than giving them plain values (`PORT: 1`). */
  readonly describes: boolean
}

export interface DynamicRead {
  /** `keyed` by an expression, or the environment handed on `whole`. */
  readonly kind: 'keyed' | 'whole'
  readonly where: string
  /** The constant whose names are read there; empty: not known. */
  readonly over: string
}

/** A call that passes names on: a literal, or a parameter of the function around it. */
export interface EnvCall {
  readonly callee: string
  /** First identifier of the callee: `config` in `config.get`. */
  readonly root: string
  readonly where: string
  readonly args: readonly ({ readonly literal: string } | { readonly helper: string; readonly index: number } | null)[]
}

/** What one source file says about the environment. */
export interface EnvReads {
  readonly reads: EnvRead[]
  readonly dynamic: DynamicRead[]
  readonly groups: EnvGroup[]
  /** Functions that read the variable named by one of their parameters: name to position. */
  readonly helpers: Map<string, number>
  readonly calls: EnvCall[]
  /** Local name to where it comes from, as written. */
  readonly imports: Map<string, string>
}

/** A name that environment variables have. */
export const VARIABLE = /^[A-Z][A-Z0-9_]*$/

export function nothingRead(): EnvReads {
  return { reads: [], dynamic: [], groups: [], helpers: new Map(), calls: [], imports: new Map() }
}

/** What a source file reads of the environment, from its syntax tree. */
export function envReads(path: string, root: Node, language: Language): EnvReads {
  return language === 'python' ? pythonReads(path, root) : scriptReads(path, root)
}
