import { readFile, readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { GreengateError, type ServiceConfig } from '@greengate/contracts'
import { LineCounter, type Document, isMap, isNode, parseDocument } from 'yaml'
import { canonicalJson } from './canonical.ts'
import { evaluateConfig } from './evaluate.ts'
import { configJson, parseConfig } from './validate.ts'

const CODE_NAME = /^greengate\.config\.(?:ts|mts|js|mjs)$/
const DATA_NAME = /^greengate\.(?:yaml|yml|json)$/
const FILE_BYTES_MAX = 1024 * 1024

export interface LoadOptions {
  /** Folder in which a configuration is looked for; absolute. */
  readonly cwd: string
  /** As given with --config, relative to `cwd`; then it must exist. */
  readonly file?: string
}

export interface LoadedConfig {
  readonly config: ServiceConfig
  /** Absolute path of the file. */
  readonly path: string
  /** RFC 8785 form of `config` with defaults filled in: what is digested. */
  readonly canonical: string
}

/**
 * Reads the configuration. Null if there is none and none was named.
 * @throws GreengateError CONFIG_NOT_FOUND, CONFIG_UNREADABLE, CONFIG_INVALID
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig | null> {
  const path = await findConfig(options)
  if (path === null) return null
  const config = CODE_FILE.test(path) ? parseConfig(await evaluateConfig(path), basename(path)) : await readData(path)
  return { config, path, canonical: canonicalJson(configJson(config)) }
}

const CODE_FILE = /\.[cm]?[jt]s$/

/**
 * Absolute path of the one configuration there is; null without one.
 * @throws GreengateError CONFIG_NOT_FOUND if the named one is missing, CONFIG_INVALID if there are two
 */
export async function findConfig(options: LoadOptions): Promise<string | null> {
  if (options.file !== undefined) {
    const path = resolve(options.cwd, options.file)
    const found = await stat(path).catch(() => null)
    if (!found) throw new GreengateError('CONFIG_NOT_FOUND', `There is no file ${options.file}.`, { where: path })
    if (!CODE_FILE.test(path) && !/\.(?:ya?ml|json)$/.test(path)) {
      throw new GreengateError(
        'CONFIG_UNREADABLE',
        `${options.file} is neither TypeScript, JavaScript, YAML nor JSON.`,
        {
          where: path,
          fix: 'Name a file that ends with .ts, .mts, .js, .mjs, .yaml, .yml or .json.',
        },
      )
    }
    return path
  }
  const names = await readdir(options.cwd).catch((cause: NodeJS.ErrnoException) => {
    throw new GreengateError('CONFIG_UNREADABLE', `The folder can't be read: ${cause.code ?? cause.message}`, {
      where: options.cwd,
      cause,
    })
  })
  const found = names.filter((name) => CODE_NAME.test(name) || DATA_NAME.test(name)).toSorted()
  if (found.length > 1) {
    throw new GreengateError('CONFIG_INVALID', `There are ${found.length} configurations: ${found.join(' and ')}.`, {
      where: options.cwd,
      fix: 'Keep one of them, or name it with --config.',
    })
  }
  return found[0] === undefined ? null : join(options.cwd, found[0])
}

async function readData(path: string): Promise<ServiceConfig> {
  const name = basename(path)
  const text = await readText(path, name)
  if (name.endsWith('.json')) refuseBrokenJson(text, name)
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, prettyErrors: false })
  const error = document.errors[0]
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    throw new GreengateError('CONFIG_UNREADABLE', `${name} is not valid YAML: ${error.message}`, {
      where: `${name}:${line}:${col}`,
    })
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    throw new GreengateError(
      'CONFIG_UNREADABLE',
      `${name}: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        where: name,
        cause,
      },
    )
  }
  return parseConfig(value, name, (keys) => placeOf(document, lines, keys))
}

async function readText(path: string, name: string): Promise<string> {
  const fail = (why: string, cause?: unknown): GreengateError =>
    new GreengateError('CONFIG_UNREADABLE', `${name} can't be read: ${why}`, {
      where: path,
      fix: 'Make it a readable text file in UTF-8.',
      cause,
    })
  const stats = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw fail(cause.code ?? cause.message, cause)
  })
  if (!stats.isFile()) throw fail('it is not a file')
  if (stats.size > FILE_BYTES_MAX) throw fail(`it has ${stats.size} bytes; at most ${FILE_BYTES_MAX} are read`)
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw fail(cause.code ?? cause.message, cause)
  })
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw fail('it is not UTF-8', cause)
  }
}

/** YAML takes more than JSON allows; a `.json` that other readers refuse is refused here too. */
function refuseBrokenJson(text: string, name: string): void {
  try {
    JSON.parse(text)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    const offset = /position (\d+)/.exec(message)?.[1]
    const before = offset === undefined ? text : text.slice(0, Number(offset))
    const line = before.split('\n').length
    const column = before.length - before.lastIndexOf('\n')
    throw new GreengateError(
      'CONFIG_UNREADABLE',
      `${name} is not valid JSON: ${message.replace(/ in JSON at position.*/, '')}`,
      {
        where: `${name}:${line}:${column}`,
        cause,
      },
    )
  }
}

/** `line:column` of the longest part of a key path that the file has. */
function placeOf(document: Document.Parsed, lines: LineCounter, keys: readonly (string | number)[]): string {
  for (let length = keys.length; length > 0; length -= 1) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(keys.slice(0, length - 1), true)
    const key = keys[length - 1]
    let node: unknown = null
    if (isMap(parent)) node = parent.items.find((pair) => isNode(pair.key) && String(pair.key) === String(key))?.key
    else node = document.getIn(keys.slice(0, length), true)
    if (isNode(node) && node.range) {
      const { line, col } = lines.linePos(node.range[0])
      return `${line}:${col}`
    }
  }
  return ''
}
