import { type EnvReads, nothingRead, VARIABLE } from './env-reads.ts'
import { nodesOf, type Node, placeOf, stringOf } from './syntax.ts'

/** What Python reads of the environment. */
export function pythonReads(path: string, root: Node): EnvReads {
  const found = nothingRead()
  const names = knownNames(root, found)
  const isEnvironment = (node: Node | null): boolean => node !== null && names.environments.has(node.text())
  for (const node of nodesOf(root, 'call')) readCall(path, node, names, found)
  for (const node of nodesOf(root, 'subscript')) {
    if (!isEnvironment(node.field('value'))) continue
    if (node.parent()?.kind() === 'assignment' && node.parent()?.field('left')?.id() === node.id()) continue
    readKey(path, node.field('subscript'), node, found)
  }
  for (const node of nodesOf(root, 'comparison_operator')) {
    const [left, operator, right] = node.children()
    if (left && right && /\bin$/.test(String(operator?.kind())) && isEnvironment(right))
      readKey(path, left, node, found)
  }
  readSettings(path, root, found)
  return found
}

interface Names {
  readonly environments: Set<string>
  readonly getters: Set<string>
  /** Objects of libraries that read a variable when they are called, or by a method. */
  readonly readers: Set<string>
}

function knownNames(root: Node, found: EnvReads): Names {
  const names: Names = { environments: new Set(), getters: new Set(), readers: new Set() }
  const addOs = (local: string): void => {
    for (const name of ['environ', 'environb']) names.environments.add(`${local}.${name}`)
    for (const name of ['getenv', 'getenvb']) names.getters.add(`${local}.${name}`)
  }
  addOs('os')
  for (const node of nodesOf(root, 'import_statement', 'import_from_statement')) {
    const module = node.field('module_name')?.text() ?? ''
    for (const part of node
      .text()
      .replace(/^(from\s+\S+\s+)?import\s*/, '')
      .replace(/[()\n\\]/g, ' ')
      .split(',')) {
      const [, name = '', local = name] = /^\s*([\w.]+)(?:\s+as\s+(\w+))?/.exec(part) ?? []
      if (name === '') continue
      found.imports.set(local, module || name)
      if (module === '' && name === 'os') addOs(local)
      if (module === 'os' && /^environb?$/.test(name)) names.environments.add(local)
      if (module === 'os' && /^getenvb?$/.test(name)) names.getters.add(local)
      if (module === 'decouple' && name === 'config') names.readers.add(local)
      // A reader that another module of the service made.
      if (module !== '' && /^(env|config)$/.test(name)) names.readers.add(local)
    }
  }
  for (const node of nodesOf(root, 'assignment')) {
    const left = node.field('left')?.text() ?? ''
    const right = node.field('right')
    if (right && names.environments.has(right.text())) names.environments.add(left)
    const made = /^([\w.]+)\(/.exec(right?.text() ?? '')?.[1] ?? ''
    const from = found.imports.get(made.split('.')[0] ?? '') ?? ''
    if (/(^|\.)(Env|FileAwareEnv|Config|AutoConfig)$/.test(made) && /^(environ|environs|decouple|starlette(\.config)?)$/.test(from)) names.readers.add(left) // prettier-ignore
  }
  return names
}

function firstArgument(node: Node): Node | null {
  const all = node.field('arguments')?.children() ?? []
  return all.find((child) => !['(', ')', ',', 'comment'].includes(String(child.kind()))) ?? null
}

const METHODS = /^(get|pop|setdefault|__getitem__)$/

function readCall(path: string, node: Node, names: Names, found: EnvReads): void {
  const callee = node.field('function')?.text() ?? ''
  const first = firstArgument(node)
  const at = callee.lastIndexOf('.')
  const object = at < 0 ? '' : callee.slice(0, at)
  const method = callee.slice(at + 1)
  const where = placeOf(path, node)
  if (names.getters.has(callee) || (names.environments.has(object) && METHODS.test(method)))
    readKey(path, first, node, found)
  else if (names.environments.has(object) && /^(items|keys|values|copy)$/.test(method))
    found.dynamic.push({ kind: 'whole', where, over: '' })
  else if (
    names.readers.has(callee) ||
    (names.readers.has(object) && !/^(read_env|path|prefixed|read_envfile)$/.test(method))
  ) {
    const name = stringOf(first)
    if (name !== null && VARIABLE.test(name)) found.reads.push({ name, where })
  } else if (first && names.environments.has(first.text()) && !/^(dict|len|print|repr|str)$/.test(callee))
    found.dynamic.push({ kind: 'whole', where, over: '' })
  if (/(^|\.)Env$/.test(callee))
    for (const keyword of nodesOf(node, 'keyword_argument')) {
      const name = keyword.field('name')?.text() ?? ''
      if (VARIABLE.test(name)) found.reads.push({ name, where: placeOf(path, keyword) })
    }
  noteCall(path, node, callee, found)
}

function readKey(path: string, key: Node | null, node: Node, found: EnvReads): void {
  const name = stringOf(key)
  const where = placeOf(path, node)
  if (name !== null) {
    found.reads.push({ name, where })
    return
  }
  const helper = key ? helperAround(key.text(), node) : null
  if (helper) found.helpers.set(helper.helper, helper.index)
  else found.dynamic.push({ kind: 'keyed', where, over: '' })
}

/** The function that has this name as a parameter. */
function helperAround(name: string, node: Node): { helper: string; index: number } | null {
  for (const above of node.ancestors()) {
    if (above.kind() !== 'function_definition') continue
    const parameters = (above.field('parameters')?.children() ?? [])
      .filter((child) => !['(', ')', ',', 'comment'].includes(String(child.kind())))
      .map((child) => /^\*{0,2}(\w+)/.exec(child.text())?.[1] ?? '')
      .filter((parameter) => parameter !== 'self' && parameter !== 'cls')
    const index = parameters.indexOf(name)
    if (index >= 0) return { helper: above.field('name')?.text() ?? '', index }
  }
  return null
}

function noteCall(path: string, node: Node, callee: string, found: EnvReads): void {
  const args = (node.field('arguments')?.children() ?? [])
    .filter((child) => !['(', ')', ',', 'comment'].includes(String(child.kind())))
    .map((child) => {
      const literal = stringOf(child)
      if (literal !== null) return VARIABLE.test(literal) ? { literal } : null
      return child.kind() === 'identifier' ? helperAround(child.text(), node) : null
    })
  if (args.some((arg) => arg !== null))
    found.calls.push({ callee: callee.slice(callee.lastIndexOf('.') + 1), root: callee.split('.')[0] ?? '', where: placeOf(path, node), args }) // prettier-ignore
}

/** Fields of pydantic's settings classes are variables of the same name in capitals, unless they name others. */
function readSettings(path: string, root: Node, found: EnvReads): void {
  const classes = nodesOf(root, 'class_definition')
  const known = new Set(classes.map((node) => node.field('name')?.text() ?? ''))
  const settings = new Set(['BaseSettings'])
  const bases = (node: Node): string[] => (node.field('superclasses')?.text() ?? '').split(/[^\w]+/)
  for (let before = 0; before !== settings.size;) {
    before = settings.size
    for (const node of classes)
      if (bases(node).some((base) => settings.has(base))) settings.add(node.field('name')?.text() ?? '')
  }
  for (const node of classes) {
    if (!bases(node).some((base) => settings.has(base))) continue
    const prefix = /env_prefix\s*=\s*["'](\w*)["']/.exec(node.text())?.[1] ?? ''
    for (const statement of node.field('body')?.children() ?? []) {
      const [, field = '', type = ''] = /^([a-z]\w*)\s*:\s*(?:Optional\[)?([\w.]+)/i.exec(statement.text()) ?? []
      if (field === '' || field === 'model_config' || /ClassVar/.test(statement.text())) continue
      // Another group of settings, which reads for itself.
      if (
        known.has(type) ||
        new RegExp(`=\\s*(Field\\(default_factory=)?${type.replaceAll('.', '\\.')}\\b`).test(statement.text())
      )
        continue
      const where = placeOf(path, statement)
      const aliases = [...statement.text().matchAll(/\b(?:validation_alias|alias|env)\s*=\s*(?:AliasChoices\(([^)]*)\)|["'](\w+)["'])/g)].flatMap((match) => [...(match[1] ?? `"${match[2]}"`).matchAll(/["'](\w+)["']/g)].map((name) => name[1] ?? '')) // prettier-ignore
      const names = aliases.length > 0 ? aliases : [`${prefix}${field}`]
      for (const name of names) found.reads.push({ name: name.toUpperCase(), where })
    }
  }
}
