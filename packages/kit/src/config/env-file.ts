import { ConfigError, type ConfigProblem } from './config-error.ts'
import { FILE_BYTES_MAX, type ReadSmallFile, readSmallFile } from './small-file.ts'

const LINES_MAX = 2000
const ASSIGNMENT = /^(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]{0,127})[ \t]*=[ \t]*(.*)$/

type Line = { readonly name: string; readonly value: string } | { readonly problem: string } | null

/** What follows a closing quote may only be a comment. */
function afterQuote(rest: string): boolean {
  return /^[ \t]*(?:#.*)?$/.test(rest)
}

function quoted(text: string): { readonly value: string } | { readonly problem: string } {
  const quote = text[0] ?? ''
  let value = ''
  for (let at = 1; at < text.length; at += 1) {
    const char = text[at] ?? ''
    if (char === quote) {
      return afterQuote(text.slice(at + 1)) ? { value } : { problem: 'goes on after the closing quote' }
    }
    if (char === '\\' && quote === '"') {
      at += 1
      const escaped = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\', $: '$' }[text[at] ?? '']
      if (escaped === undefined) return { problem: 'holds an escape other than \\n \\t \\r \\" \\\\ \\$' }
      value += escaped
    } else if (char === '$' && quote === '"' && /[{A-Za-z_(]/.test(text[at + 1] ?? '')) {
      return { problem: 'refers to another variable: shells put it in, this does not' }
    } else value += char
  }
  return { problem: 'opens a quote that the same line does not close: values of several lines are refused' }
}

function plain(text: string): { readonly value: string } | { readonly problem: string } {
  const value = text.replace(/(?:^|[ \t])#.*$/, '').replace(/[ \t]+$/, '')
  if (/["'`\\]/.test(value)) return { problem: 'holds a quote or a backslash: put the whole value into single quotes' }
  if (/\$[{A-Za-z_(]/.test(value))
    return { problem: 'refers to another variable: put it into single quotes if it does not' }
  if (/[ \t]/.test(value)) return { problem: 'holds a blank: put the whole value into quotes' }
  return { value }
}

function parseLine(line: string): Line {
  const text = line.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '')
  if (text === '' || text.startsWith('#')) return null
  const match = ASSIGNMENT.exec(text)
  if (!match) return { problem: 'is no NAME=value' }
  const [, name = '', rest = ''] = match
  const parsed = rest.startsWith('"') || rest.startsWith("'") ? quoted(rest) : plain(rest)
  return 'problem' in parsed ? { problem: `(${name}) ${parsed.problem}` } : { name, value: parsed.value }
}

/**
 * Parses the text of an env file strictly: what a shell, Docker and a dotenv library would read differently is refused,
 * so that everybody reads the same. `NAME=value`, optionally after `export`; comments after `#`; single quotes take
 * everything literally; double quotes know `\n \t \r \" \\ \$`.
 * @param text at most 64 KiB and 2,000 lines
 * @throws ConfigError with the number of every line that is malformed, refers to another variable, goes over several
 * lines, or names a variable for the second time; never with a value
 */
export function parseEnvFile(text: string): Record<string, string> {
  if (Buffer.byteLength(text) > FILE_BYTES_MAX)
    throw new ConfigError([{ variable: 'env file', problem: `is larger than ${FILE_BYTES_MAX} bytes` }])
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (lines.length > LINES_MAX)
    throw new ConfigError([{ variable: 'env file', problem: `has more than ${LINES_MAX} lines` }])
  const problems: ConfigProblem[] = []
  const found = new Map<string, string>()
  for (const [index, line] of lines.entries()) {
    const parsed = parseLine(line)
    if (parsed === null) continue
    const variable = `line ${index + 1}`
    if ('problem' in parsed) problems.push({ variable, problem: parsed.problem })
    else if (found.has(parsed.name)) problems.push({ variable, problem: `sets ${parsed.name} for the second time` })
    else found.set(parsed.name, parsed.value)
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.fromEntries(found)
}

/**
 * Reads an env file; the environment that is already there is not touched.
 *
 * @example
 * const config = loadConfig(variables, { ...readEnvFile('.env'), ...process.env }, { lock })
 *
 * @throws ConfigError when it can't be read, is no regular file of at most 64 KiB, or `parseEnvFile` refuses it
 */
export function readEnvFile(path: string, readFile: ReadSmallFile = readSmallFile): Record<string, string> {
  const text = readFile(path)
  if (text === null)
    throw new ConfigError([
      {
        variable: 'env file',
        problem: `can't be read: a regular file of UTF-8 text of at most ${FILE_BYTES_MAX} bytes is needed`,
      },
    ])
  return parseEnvFile(text)
}
