import { fileVariableOf, type Registry, type Variable } from './variable.ts'

/** One variable as tools outside the service read it. */
export interface VariableRecord {
  required: boolean
  secret: boolean
  format: string
  min?: number
  max?: number
  values?: readonly string[]
  supplier: string
  reason: string
  thirdParty: boolean
  pattern?: string
}

/** How a value looks; of an address that may be shown at least its scheme, which tells a service from a database. */
function patternOf({ pattern, format, schemes = ['http', 'https'], secret }: Variable): string | undefined {
  if (pattern !== undefined) return format === 'list' ? undefined : `^(?:${pattern})$`
  return format === 'url' && secret !== true ? `^(?:${schemes.join('|')})://.+$` : undefined
}

function recordOf(variable: Variable): VariableRecord {
  const pattern = patternOf(variable)
  return {
    required: variable.required ?? false,
    secret: variable.secret ?? false,
    format: variable.format === 'list' ? 'string' : variable.format,
    ...(variable.min !== undefined ? { min: variable.min } : {}),
    ...(variable.max !== undefined ? { max: variable.max } : {}),
    ...(variable.values ? { values: variable.values } : {}),
    supplier: variable.supplier,
    reason: variable.reason,
    thirdParty: variable.thirdParty ?? false,
    ...(pattern !== undefined ? { pattern } : {}),
  }
}

/** The registry as JSON, names sorted, with a final newline. A test compares the file in the tree with it. */
export function registryJson(registry: Registry): string {
  const names = Object.keys(registry).toSorted()
  return `${JSON.stringify(Object.fromEntries(names.map((name) => [name, recordOf(registry[name] as Variable)])), null, 2)}\n`
}

function shape(variable: Variable): string {
  const parts: string[] = [variable.required ? 'required' : 'optional', variable.format]
  if (variable.values) parts.push(`one of ${variable.values.join(' | ')}`)
  if (variable.min !== undefined || variable.max !== undefined) {
    const unit = ['string', 'url', 'list'].includes(variable.format) ? ' characters' : ''
    parts.push(`${variable.min ?? ''}..${variable.max ?? ''}${unit}`)
  }
  if (variable.requiredIn?.length) parts.push(`required in ${variable.requiredIn.join(', ')}`)
  if (variable.secret) parts.push('secret')
  if (variable.keyKinds) parts.push('live keys in production only, test keys elsewhere only')
  if (variable.pattern !== undefined) parts.push(`matches ${variable.pattern}`)
  if (variable.fallback !== undefined) parts.push(`default ${variable.fallback === '' ? 'empty' : variable.fallback}`)
  return parts.join(', ')
}

/** The example env file: every variable with its description, and no value at all. */
export function exampleEnv(registry: Registry, title: string): string {
  const blocks = Object.entries(registry).map(
    ([name, variable]) =>
      `# ${variable.reason}\n# ${shape(variable)}; supplied by ${variable.supplier}\n${variable.required ? '' : '# '}${name}=\n`,
  )
  return `# ${title}\n# Generated from the registry. Copy to .env and fill in; a real value never goes into this file.\n\n${blocks.join('\n')}`
}

function cell(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('\n', ' ')
}

function yesOrIn(variable: Variable): string {
  if (variable.required) return 'yes'
  return variable.requiredIn?.length ? `in ${variable.requiredIn.join(', ')}` : 'no'
}

function remarks(registry: Registry, name: string, variable: Variable): string {
  const found: string[] = []
  const file = fileVariableOf(registry, name)
  if (file !== null) found.push(`may come from the file that \`${file}\` names`)
  if (variable.keyKinds) found.push('live keys in production only, test keys elsewhere only')
  if (variable.refusedIn?.length) found.push(`must not be true in ${variable.refusedIn.join(', ')}`)
  if (variable.loopback === 'refused') found.push('must not name this machine in production')
  if (variable.restart) found.push('a change takes a restart')
  return found.join('; ')
}

function code(text: string): string {
  // A longer fence, so that a pattern may hold backticks itself.
  return text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``
}

function format(variable: Variable): string {
  const parts: string[] = [variable.format]
  if (variable.values) parts.push(variable.values.map(code).join(', '))
  if (variable.schemes) parts.push(`of ${variable.schemes.join(', ')}`)
  if (variable.min !== undefined || variable.max !== undefined)
    parts.push(`${variable.min ?? ''}..${variable.max ?? ''}`)
  if (variable.pattern !== undefined) parts.push(code(variable.pattern))
  return parts.join(' ')
}

/**
 * The registry as a Markdown page: every variable, sorted, with what it is for, its format, default, supplier and
 * whether it is required or secret. The same registry gives the same text.
 * @param title first heading. Default `Configuration`
 */
export function configurationReference(registry: Registry, title = 'Configuration'): string {
  const rows = Object.keys(registry)
    .toSorted()
    .map((name) => {
      const variable = registry[name] as Variable
      const fallback =
        variable.fallback === undefined ? '' : variable.fallback === '' ? 'empty' : code(variable.fallback)
      const cells = [
        `\`${name}\``,
        variable.reason,
        format(variable),
        yesOrIn(variable),
        fallback,
        variable.secret ? 'yes' : 'no',
        variable.supplier,
        remarks(registry, name, variable),
      ]
      return `| ${cells.map(cell).join(' | ')} |`
    })
  return [
    `# ${title}`,
    '',
    'Everything this service learns from its environment. It reads all of it at the start, refuses to start when anything',
    'is wrong, and says everything that is wrong in one message. A `duration` is in milliseconds, a `list` is comma-separated.',
    '',
    '| variable | what it is for | format | required | default | secret | supplied by | remarks |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
