import { nodesOf, type Language, type Node, placeOf, stringOf } from './syntax.ts'

export interface EnvRead {
  readonly name: string
  readonly where: string
}

export interface EnvReads {
  readonly reads: EnvRead[]
  /** Reads whose name is only known at run time: `keyed` by an expression, or the environment handed on `whole`. */
  readonly dynamic: { readonly kind: 'keyed' | 'whole'; readonly where: string }[]
  /** Names in capitals that are keys of object literals or fields of classes in this file, grouped by the literal. */
  readonly groups: (readonly EnvRead[])[]
}

const NAME = /^[A-Z][A-Z0-9_]*$/
const JS_ENV = /^(process\.env|import\.meta\.env|(globalThis|global)\.process\.env|Bun\.env)$/
const PYTHON_ENV = /^(os\.)?environb?$/

/** What a source file reads of the environment, from its syntax tree. */
export function envReads(path: string, root: Node, language: Language): EnvReads {
  return language === 'python' ? pythonReads(path, root) : scriptReads(path, root)
}

function scriptReads(path: string, root: Node): EnvReads {
  const found: EnvReads = { reads: [], dynamic: [], groups: groupsOf(path, root) }
  const aliases = new Set(['env', 'environment', 'processEnv'])
  for (const node of nodesOf(root, 'variable_declarator')) {
    const value = node.field('value')
    const name = node.field('name')
    if (value && name?.kind() === 'identifier' && isEnvironment(value)) aliases.add(name.text())
  }
  const isAlias = (node: Node | null): boolean =>
    node !== null && node.kind() === 'identifier' && aliases.has(node.text())
  for (const node of nodesOf(root, 'member_expression', 'subscript_expression')) {
    const object = node.field('object')
    if (!object) continue
    const direct = JS_ENV.test(object.text())
    if (!direct && !isAlias(object)) continue
    const where = placeOf(path, node)
    if (node.kind() === 'member_expression') {
      const name = node.field('property')?.text() ?? ''
      if (NAME.test(name) || direct) found.reads.push({ name, where })
      continue
    }
    const index = node.field('index')
    const name = stringOf(index)
    // Writing to the environment is not reading it.
    if (node.parent()?.kind() === 'assignment_expression' && node.parent()?.field('left')?.id() === node.id()) continue
    if (name !== null) found.reads.push({ name, where })
    else if (index?.kind() !== 'number') found.dynamic.push({ kind: 'keyed', where })
  }
  for (const node of nodesOf(root, 'object_pattern')) {
    const value = node.parent()?.field('value') ?? node.parent()?.field('right') ?? null
    if (!value || !(isEnvironment(value) || isAlias(value))) continue
    for (const child of node.children()) {
      const key =
        child.kind() === 'pair_pattern'
          ? child.field('key')
          : child.kind() === 'object_assignment_pattern'
            ? child.child(0)
            : child
      if (key && NAME.test(key.text())) found.reads.push({ name: key.text(), where: placeOf(path, key) })
      if (child.kind() === 'rest_pattern') found.dynamic.push({ kind: 'whole', where: placeOf(path, child) })
    }
  }
  for (const node of nodesOf(root, 'member_expression')) {
    if (!JS_ENV.test(node.text())) continue
    const parent = node.parent()
    const kind = parent?.kind() ?? ''
    const isObjectOf =
      (kind === 'member_expression' || kind === 'subscript_expression') && parent?.field('object')?.id() === node.id()
    if (!isObjectOf && kind !== 'variable_declarator') found.dynamic.push({ kind: 'whole', where: placeOf(path, node) })
  }
  return found
}

function isEnvironment(node: Node): boolean {
  const text = node.text().replace(/\s+(as|satisfies)\s[\s\S]*$/, '')
  return JS_ENV.test(text) || /^(process\.env|import\.meta\.env)\s*(\?\?|\|\|)\s*\{\}$/.test(text)
}

function groupsOf(path: string, root: Node): EnvRead[][] {
  const groups: EnvRead[][] = []
  for (const node of nodesOf(root, 'object')) {
    const group: EnvRead[] = []
    for (const pair of node.children()) {
      if (pair.kind() !== 'pair') continue
      const key = pair.field('key')
      const name = key?.kind() === 'string' ? stringOf(key) : (key?.text() ?? null)
      if (name !== null && NAME.test(name)) group.push({ name, where: placeOf(path, pair) })
    }
    if (group.length > 0) groups.push(group)
  }
  return groups
}

function pythonReads(path: string, root: Node): EnvReads {
  const found: EnvReads = { reads: [], dynamic: [], groups: [] }
  const add = (argument: Node | null, node: Node): void => {
    const name = stringOf(argument)
    if (name !== null) found.reads.push({ name, where: placeOf(path, node) })
    else found.dynamic.push({ kind: 'keyed', where: placeOf(path, node) })
  }
  for (const node of nodesOf(root, 'call')) {
    const callee = node.field('function')?.text() ?? ''
    const first =
      node
        .field('arguments')
        ?.children()
        .find((child) => !['(', ')', ','].includes(String(child.kind()))) ?? null
    if (/^(os\.)?getenv$|^(os\.)?environ\.get$/.test(callee)) add(first, node)
    else if (
      /^(os\.)?environ\.(items|keys|values|copy)$/.test(callee) ||
      (first !== null && PYTHON_ENV.test(first.text()))
    ) {
      found.dynamic.push({ kind: 'whole', where: placeOf(path, node) })
    }
  }
  for (const node of nodesOf(root, 'subscript')) {
    if (!PYTHON_ENV.test(node.field('value')?.text() ?? '')) continue
    if (node.parent()?.kind() === 'assignment' && node.parent()?.field('left')?.id() === node.id()) continue
    add(node.field('subscript'), node)
  }
  // Fields of a settings class are variables of the same name in capitals.
  for (const node of nodesOf(root, 'class_definition')) {
    if (!/\bBaseSettings\b/.test(node.field('superclasses')?.text() ?? '')) continue
    const prefix = /env_prefix\s*=\s*["'](\w*)["']/.exec(node.text())?.[1] ?? ''
    for (const statement of node.field('body')?.children() ?? []) {
      const left = /^([a-z_]\w*)\s*:/i.exec(statement.text())?.[1]
      if (left !== undefined && left !== 'model_config')
        found.reads.push({ name: `${prefix}${left}`.toUpperCase(), where: placeOf(path, statement) })
    }
  }
  return found
}
