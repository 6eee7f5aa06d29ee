import type { Registry, Variable } from './variable.ts'

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

function recordOf(variable: Variable): VariableRecord {
  const pattern = variable.pattern !== undefined && variable.format !== 'list' ? `^(?:${variable.pattern})$` : undefined
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
  if (variable.secret) parts.push('secret')
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
