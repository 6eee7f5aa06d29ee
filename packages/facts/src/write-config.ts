import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import type { Discovery, Found } from './discover.ts'

export type ConfigFormat = 'yaml' | 'ts'

type Value = string | number | readonly string[] | Tree
interface Entry {
  readonly key: string
  readonly value: Value
  readonly note: string
}
interface Tree {
  readonly members: readonly Entry[]
}

/** The text of a configuration that says what was found; each line says how it is known. */
export function renderConfig(discovery: Discovery, format: ConfigFormat): string {
  const entries = configEntries(discovery)
  if (format === 'yaml')
    return `# Written by greengate init: what was found in the tree, and by what.\n${yamlLines(entries, '').join('\n')}\n`
  return [
    '// Written by greengate init: what was found in the tree, and by what.',
    `import { defineConfig } from 'greengate'`,
    '',
    'export default defineConfig({',
    ...tsLines(entries, '  '),
    '})',
    '',
  ].join('\n')
}

/**
 * Writes the configuration into a folder and returns its path.
 * @throws GreengateError USAGE if there is one already: nothing is overwritten
 */
export async function writeConfig(discovery: Discovery, format: ConfigFormat, folder: string): Promise<string> {
  const path = join(folder, format === 'yaml' ? 'greengate.yaml' : 'greengate.config.ts')
  try {
    await writeFile(path, renderConfig(discovery, format), { flag: 'wx' })
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') {
      throw new GreengateError('USAGE', 'There is a configuration already; it is not overwritten.', {
        where: path,
        fix: 'Change it by hand, or remove it and run `greengate init` again.',
        cause,
      })
    }
    throw cause
  }
  return path
}

function note(found: Found<unknown>): string {
  return found.where === '' ? found.how : `${found.where}: ${found.how}`
}

function entry(key: string, found: Found<Value>): Entry {
  return { key, value: found.value, note: note(found) }
}

function configEntries(discovery: Discovery): Entry[] {
  const entries: Entry[] = [entry('service', discovery.service)]
  if (discovery.start) {
    const env: Entry[] = []
    if (discovery.portVariable)
      env.push({ key: discovery.portVariable.value, value: '{port}', note: note(discovery.portVariable) })
    for (const dependency of discovery.dependencies) {
      const { variable, name, what } = dependency.value
      if (variable !== '')
        env.push({ key: variable, value: `{${name}.url}`, note: `points to ${what}, ${note(dependency)}` })
    }
    const start: Entry[] = [entry('command', discovery.start)]
    if (env.length > 0)
      start.push({ key: 'env', value: { members: env }, note: 'the whole environment it starts with' })
    const up = discovery.ready ?? discovery.live
    if (up) start.push(entry('ready', up))
    entries.push({ key: 'start', value: { members: start }, note: 'how it is started' })
  }
  const probes = (['live', 'ready', 'metrics', 'openapi'] as const).flatMap((key) => {
    const found = discovery[key]
    return found ? [entry(key, found)] : []
  })
  if (probes.length > 0)
    entries.push({ key: 'probes', value: { members: probes }, note: 'where the operational endpoints are' })
  const names = new Set<string>()
  const dependencies = discovery.dependencies.flatMap((found): Entry[] => {
    if (names.has(found.value.name)) return []
    names.add(found.value.name)
    const kind: Entry = { key: 'kind', value: found.value.kind, note: found.value.what }
    return [{ key: found.value.name, value: { members: [kind] }, note: note(found) }]
  })
  if (dependencies.length > 0)
    entries.push({ key: 'dependencies', value: { members: dependencies }, note: 'what it depends on' })
  const tools = (['lint', 'types', 'tests'] as const).flatMap((key) => {
    const found = discovery[key]
    return found ? [entry(key, found)] : []
  })
  if (tools.length > 0) entries.push({ key: 'tree', value: { members: tools }, note: 'its own tools' })
  return entries
}

function isTree(value: Value): value is Tree {
  return typeof value === 'object' && !Array.isArray(value)
}

/** JSON is YAML: quoted values need no rules of their own. A comment never holds a line break. */
function yamlLines(entries: readonly Entry[], indent: string): string[] {
  return entries.flatMap(({ key, value, note: text }) => {
    const name =
      /^[A-Za-z_][\w-]*$/.test(key) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(key) ? key : JSON.stringify(key)
    const comment = ` # ${oneLine(text)}`
    if (isTree(value)) return [`${indent}${name}:${comment}`, ...yamlLines(value.members, `${indent}  `)]
    return [`${indent}${name}: ${JSON.stringify(value)}${comment}`]
  })
}

function tsLines(entries: readonly Entry[], indent: string): string[] {
  return entries.flatMap(({ key, value, note: text }) => {
    const name = /^[A-Za-z_]\w*$/.test(key) ? key : JSON.stringify(key)
    const comment = ` // ${oneLine(text)}`
    if (isTree(value)) return [`${indent}${name}: {${comment}`, ...tsLines(value.members, `${indent}  `), `${indent}},`]
    return [`${indent}${name}: ${JSON.stringify(value)},${comment}`]
  })
}

function oneLine(text: string): string {
  return text.replace(/[\r\n\u2028\u2029]+/g, ' ')
}
