import { type EnvGroup, type EnvRead, type EnvReads, nothingRead, VARIABLE } from './env-reads.ts'
import { nodesOf, type Node, placeOf, stringOf } from './syntax.ts'

const ENVIRONMENT = /^(?:(?:globalThis|global)\.)?(?:process|Bun)\.env$|^import\.meta\.env$/
const FUNCTIONS = /^(function_declaration|function_expression|arrow_function|method_definition|generator_function\w*)$/

interface Known {
  /** Local names of the environment, and of the process module. */
  readonly environments: Set<string>
  readonly processes: Set<string>
}

/** What JavaScript or TypeScript reads of the environment. */
export function scriptReads(path: string, root: Node): EnvReads {
  const found = nothingRead()
  readImports(root, found)
  const known = knownNames(root, found)
  found.groups.push(...groupsOf(path, root))
  readMembers(path, root, known, found)
  readPatterns(path, root, known, found)
  readHandedOn(path, root, known, found)
  readLibraries(path, root, found)
  readCalls(path, root, found)
  return found
}

/** Text without optional chaining, casts and brackets around it. */
function plainText(node: Node): string {
  return node
    .text()
    .replace(/\s+(as|satisfies)\s[\s\S]*$/, '')
    .replace(/\s*(\?\?|\|\|)\s*\{\s*\}/, '')
    .replace(/[?!()\s]/g, '')
}

function isEnvironment(node: Node | null, known: Known): boolean {
  if (!node) return false
  const text = plainText(node)
  if (ENVIRONMENT.test(text) || known.environments.has(text)) return true
  const [owner = '', ...rest] = text.split('.')
  return rest.join('.') === 'env' && known.processes.has(owner)
}

function readImports(root: Node, found: EnvReads): void {
  for (const node of nodesOf(root, 'import_statement')) {
    const from = stringOf(node.field('source')) ?? ''
    for (const name of nodesOf(node, 'import_specifier'))
      found.imports.set((name.field('alias') ?? name.field('name'))?.text() ?? '', from)
    for (const clause of nodesOf(node, 'import_clause', 'namespace_import'))
      for (const child of clause.children()) if (child.kind() === 'identifier') found.imports.set(child.text(), from)
  }
  for (const node of nodesOf(root, 'variable_declarator')) {
    const from = /^require\(\s*['"]([^'"]+)['"]\s*\)/.exec(node.field('value')?.text() ?? '')?.[1]
    const name = node.field('name')
    if (from === undefined || !name) continue
    for (const local of name.kind() === 'identifier'
      ? [name]
      : nodesOf(name, 'shorthand_property_identifier_pattern', 'identifier'))
      // prettier-ignore
      found.imports.set(local.text(), from)
  }
}

function knownNames(root: Node, found: EnvReads): Known {
  const known: Known = { environments: new Set(), processes: new Set(['process']) }
  for (const [local, from] of found.imports) {
    if (!/^(node:)?process$/.test(from)) continue
    known.processes.add(local)
  }
  const own = new Set<string>()
  for (const node of nodesOf(root, 'variable_declarator')) {
    const value = node.field('value')
    const name = node.field('name')
    if (!value || !name) continue
    if (name.kind() === 'identifier') {
      own.add(name.text())
      if (isEnvironment(value, known)) known.environments.add(name.text())
    } else if (/^(process|require\(['"](node:)?process['"]\))$/.test(value.text())) noteEnvOf(name, known)
  }
  for (const node of nodesOf(root, 'import_statement'))
    if (/^(node:)?process$/.test(stringOf(node.field('source')) ?? ''))
      for (const name of nodesOf(node, 'import_specifier'))
        if (name.field('name')?.text() === 'env') known.environments.add((name.field('alias') ?? name.field('name'))?.text() ?? '') // prettier-ignore
  for (const node of nodesOf(root, 'required_parameter', 'optional_parameter', 'assignment_pattern')) {
    const name = node.field('pattern') ?? node.field('left')
    const value = node.field('value') ?? node.field('right')
    if (name?.kind() !== 'identifier') continue
    if (isEnvironment(value, known) || /\bProcessEnv\b/.test(node.field('type')?.text() ?? '')) known.environments.add(name.text()) // prettier-ignore
  }
  // What is called so and comes in as a parameter is taken for it.
  for (const name of ['env', 'environment', 'processEnv']) if (!own.has(name) && !found.imports.has(name)) known.environments.add(name) // prettier-ignore
  return known
}

/** `const { env: e } = process`. */
function noteEnvOf(pattern: Node, known: Known): void {
  for (const child of pattern.children()) {
    if (child.kind() === 'shorthand_property_identifier_pattern' && child.text() === 'env')
      known.environments.add('env')
    if (child.kind() === 'pair_pattern' && child.field('key')?.text() === 'env') known.environments.add(child.field('value')?.text() ?? '') // prettier-ignore
  }
}

function readMembers(path: string, root: Node, known: Known, found: EnvReads): void {
  for (const node of nodesOf(root, 'member_expression', 'subscript_expression')) {
    const object = node.field('object')
    if (!object || !isEnvironment(object, known)) continue
    const where = placeOf(path, node)
    const parent = node.parent()
    // Writing to the environment is not reading it.
    if (parent?.kind() === 'assignment_expression' && parent.field('left')?.id() === node.id()) continue
    if (node.kind() === 'member_expression') {
      const name = node.field('property')?.text() ?? ''
      if (VARIABLE.test(name) || ENVIRONMENT.test(plainText(object))) found.reads.push({ name, where })
      continue
    }
    const index = node.field('index')
    const name = stringOf(index)
    if (name !== null) found.reads.push({ name, where })
    else if (index && index.kind() !== 'number') readKeyed(index, where, node, found)
  }
}

/** `process.env[name]`: of a helper's parameter, or of a loop over names. */
function readKeyed(index: Node, where: string, node: Node, found: EnvReads): void {
  const key = index.kind() === 'identifier' ? index.text() : ''
  for (const above of key === '' ? [] : node.ancestors()) {
    if (above.kind() === 'for_in_statement' && (above.field('left')?.text() ?? '').split(/\W+/).includes(key)) {
      found.dynamic.push({ kind: 'keyed', where, over: iterated(above.field('right')) })
      return
    }
    if (!FUNCTIONS.test(String(above.kind()))) continue
    const at = parametersOf(above).findIndex((names) => names.includes(key))
    if (at < 0) continue
    const call = above.parent()?.parent()
    const callee = call?.kind() === 'call_expression' ? call.field('function') : null
    const name = nameOf(above)
    if (callee?.kind() === 'member_expression')
      found.dynamic.push({ kind: 'keyed', where, over: iterated(callee.field('object')) })
    else if (name === '') break
    else found.helpers.set(name, at)
    return
  }
  found.dynamic.push({ kind: 'keyed', where, over: '' })
}

/** Name of the constant in `Object.keys(name)`, `name`, `name.options`; empty: none. */
function iterated(node: Node | null): string {
  const inner = /^Object\.(?:keys|entries|getOwnPropertyNames)\(([\s\S]*)\)$/.exec(node?.text() ?? '')?.[1] ?? node?.text() ?? '' // prettier-ignore
  return /^[A-Za-z_$][\w$]*/.exec(inner)?.[0] ?? ''
}

/** Names bound by each parameter of a function. */
function parametersOf(node: Node): string[][] {
  const single = node.field('parameter')
  if (single) return [[single.text()]]
  const list = node.field('parameters')?.children() ?? []
  return list
    .filter((child) => !['(', ')', ',', 'comment'].includes(String(child.kind())))
    .map((child) => (/^[\s]*[[{]?[^=:]*/.exec(child.text())?.[0] ?? '').split(/\W+/).filter((word) => word !== ''))
}

function nameOf(node: Node): string {
  const own = node.field('name')?.text()
  if (own) return own
  const parent = node.parent()
  return parent?.kind() === 'variable_declarator' || parent?.kind() === 'public_field_definition'
    ? (parent.field('name')?.text() ?? '')
    : parent?.kind() === 'pair'
      ? (parent.field('key')?.text() ?? '')
      : ''
}

function readPatterns(path: string, root: Node, known: Known, found: EnvReads): void {
  for (const node of nodesOf(root, 'object_pattern')) {
    const parent = node.parent()
    const value = parent?.field('value') ?? parent?.field('right') ?? null
    const isTyped = /\bProcessEnv\b/.test(parent?.field('type')?.text() ?? '')
    if (!isTyped && !isEnvironment(value, known)) continue
    for (const child of node.children()) {
      const key =
        child.kind() === 'pair_pattern'
          ? child.field('key')
          : child.kind() === 'object_assignment_pattern'
            ? child.child(0)
            : child
      if (key && VARIABLE.test(key.text())) found.reads.push({ name: key.text(), where: placeOf(path, key) })
      if (child.kind() === 'rest_pattern') found.dynamic.push({ kind: 'whole', where: placeOf(path, child), over: '' })
    }
  }
}

/** The whole environment given to a call: to a schema, a loader, or a program that is started. */
function readHandedOn(path: string, root: Node, known: Known, found: EnvReads): void {
  for (const node of nodesOf(root, 'member_expression', 'identifier')) {
    if (!isEnvironment(node, known)) continue
    const isDirect = node.kind() === 'member_expression'
    const parent = node.parent()
    const kind = String(parent?.kind() ?? '')
    if (/^(member_expression|subscript_expression)$/.test(kind) && parent?.field('object')?.id() === node.id()) continue
    const call = node.ancestors().find((above) => above.kind() === 'call_expression')
    const isInCall =
      call?.field('arguments')?.id() ===
      node
        .ancestors()
        .find((above) => above.kind() === 'arguments')
        ?.id()
    if (!isDirect && kind !== 'arguments') continue
    if (!isDirect && !VARIABLE.test(node.text()) && /^\w+\.?(get|has)$/.test(call?.field('function')?.text() ?? ''))
      continue
    if (/^(variable_declarator|required_parameter|optional_parameter|assignment_pattern|import_specifier)$/.test(kind))
      continue
    // A program that is started gets the environment; it is not read here.
    if (kind === 'spread_element' || (kind === 'pair' && parent?.field('key')?.text() === 'env')) continue
    const where = placeOf(path, node)
    const callee = call?.field('function')?.text() ?? ''
    if (call && isInCall && /^Object\.(assign)$/.test(callee)) continue
    const inner = call && isInCall ? groupsOf(path, call).flatMap((group) => group.entries) : []
    if (inner.length > 0) found.reads.push(...inner)
    else found.dynamic.push({ kind: 'whole', where, over: call && isInCall ? (/^[A-Za-z_$][\w$]*/.exec(callee)?.[0] ?? '') : '' }) // prettier-ignore
  }
}

/** Libraries that read the environment by themselves. */
function readLibraries(path: string, root: Node, found: EnvReads): void {
  const from = new Set(found.imports.values())
  for (const node of nodesOf(root, 'pair')) {
    const key = node.field('key')?.text() ?? ''
    const value = node.field('value')
    if (!value) continue
    // Joi of Nest's ConfigModule; convict; the JSON schema of fastify-env and env-schema.
    if (key === 'validationSchema') {
      const inner = groupsOf(path, value).flatMap((group) => group.entries)
      if (inner.length > 0) found.reads.push(...inner)
      else
        found.dynamic.push({ kind: 'whole', where: placeOf(path, node), over: /^[\w$]+/.exec(value.text())?.[0] ?? '' })
    } else if (key === 'env' && from.has('convict')) {
      const name = stringOf(value)
      if (name !== null) found.reads.push({ name, where: placeOf(path, node) })
    } else if (key === 'properties' && ['@fastify/env', 'fastify-env', 'env-schema'].some((name) => from.has(name)))
      found.reads.push(...groupsOf(path, value).flatMap((group) => group.entries))
  }
  for (const node of nodesOf(root, 'call_expression')) {
    const callee = node.field('function')
    const first = node.field('arguments')?.children().find((child) => !['(', ')', ','].includes(String(child.kind()))) // prettier-ignore
    const name = stringOf(first ?? null)
    if (name === null || callee?.kind() !== 'member_expression') continue
    const object = callee.field('object')?.text() ?? ''
    const method = callee.field('property')?.text() ?? ''
    const reads =
      (object === 'Deno.env' && /^(get|has)$/.test(method)) ||
      (found.imports.get(object.split('.')[0] ?? '') === 'env-var' && method === 'get') ||
      (/config(service)?$/i.test(object) && /^(get|getOrThrow)$/.test(method) && VARIABLE.test(name))
    if (reads) found.reads.push({ name, where: placeOf(path, node) })
  }
}

function readCalls(path: string, root: Node, found: EnvReads): void {
  for (const node of nodesOf(root, 'call_expression')) {
    const callee = node.field('function')
    if (!callee || !/^(identifier|member_expression)$/.test(String(callee.kind()))) continue
    const name = callee.kind() === 'identifier' ? callee.text() : (callee.field('property')?.text() ?? '')
    const around = node.ancestors().filter((above) => FUNCTIONS.test(String(above.kind())))
    const args = (node.field('arguments')?.children() ?? [])
      .filter((child) => !['(', ')', ',', 'comment'].includes(String(child.kind())))
      .map((child) => {
        const literal = stringOf(child)
        if (literal !== null) return VARIABLE.test(literal) ? { literal } : null
        for (const above of child.kind() === 'identifier' ? around : []) {
          const index = parametersOf(above).findIndex((names) => names.includes(child.text()))
          if (index >= 0 && nameOf(above) !== '') return { helper: nameOf(above), index }
        }
        return null
      })
    if (args.some((arg) => arg !== null))
      found.calls.push({
        callee: name,
        root: /^[\w$]+/.exec(callee.text())?.[0] ?? '',
        where: placeOf(path, node),
        args,
      })
  }
}

function groupsOf(path: string, root: Node): EnvGroup[] {
  const groups: EnvGroup[] = []
  const holder = (node: Node): string =>
    node
      .ancestors()
      .find((above) => above.kind() === 'variable_declarator')
      ?.field('name')
      ?.text() ?? ''
  for (const node of nodesOf(root, 'object')) {
    const entries: EnvRead[] = []
    let describes = false
    for (const pair of node.children()) {
      if (pair.kind() !== 'pair') continue
      const key = pair.field('key')
      const name = key?.kind() === 'string' ? stringOf(key) : (key?.text() ?? null)
      if (name === null || !VARIABLE.test(name)) continue
      entries.push({ name, where: placeOf(path, pair) })
      describes ||= /^(call_expression|object|member_expression|new_expression)$/.test(
        String(pair.field('value')?.kind()),
      )
    }
    if (entries.length > 0) groups.push({ of: holder(node), entries, describes })
  }
  for (const node of nodesOf(root, 'array')) {
    const names = node.children().map((child) => ({ name: stringOf(child) ?? '', where: placeOf(path, child) }))
    const entries = names.filter(({ name }) => VARIABLE.test(name))
    if (entries.length > 0) groups.push({ of: holder(node), entries, describes: false })
  }
  return groups
}
