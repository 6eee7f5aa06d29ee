import { serviceConfigJsonSchema } from '@greengate/contracts'
import { generatedFrom, literal, table } from './markdown.ts'

type Schema = ReturnType<typeof serviceConfigJsonSchema>

/** `greengate.schema.json`: lets an editor complete and check `greengate.yaml`. */
export function editorSchema(): string {
  const { $schema, ...schema } = serviceConfigJsonSchema()
  const document = {
    $schema,
    title: 'greengate.yaml',
    description: 'Configuration of Greengate for one service; docs/reference/configuration.md explains every key.',
    ...schema,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return 'any JSON'
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' or ')
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) {
    return [...new Set(choices.map((choice) => (isSchema(choice) ? typeOf(choice) : 'anything')))].join(' or ')
  }
  if (schema.type === 'array') return isSchema(schema.items) ? `list of ${typeOf(schema.items)}` : 'list'
  if (schema.type === 'object' && schema.properties === undefined && isSchema(schema.additionalProperties)) {
    return `map of names to ${typeOf(schema.additionalProperties)}`
  }
  return [schema.type ?? 'any JSON'].flat().join(' or ')
}

function boundsOf(schema: Schema): string {
  const words = []
  if (schema.minimum !== undefined && schema.minimum > Number.MIN_SAFE_INTEGER) words.push(`at least ${schema.minimum}`)
  if (schema.exclusiveMinimum !== undefined) words.push(`more than ${schema.exclusiveMinimum}`)
  if (schema.maximum !== undefined && schema.maximum < Number.MAX_SAFE_INTEGER) words.push(`at most ${schema.maximum}`)
  if (schema.minItems !== undefined) words.push(`at least ${schema.minItems} entries`)
  return words.join(', ')
}

/** Keys of an object, and of what its lists and maps hold: `requests.<name>.path`, `seed[].path`. */
function rowsOf(schema: Schema, prefix: string): string[][] {
  const rows: string[][] = []
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    if (!isSchema(child)) continue
    const name = `${prefix}${key}`
    const required = schema.required?.includes(key) ?? false
    const fallback = child.default === undefined ? '' : `\`${JSON.stringify(child.default)}\``
    rows.push([
      `\`${name}\``,
      [typeOf(child), boundsOf(child)].filter((part) => part !== '').join(', '),
      required ? '**required**' : fallback,
      literal(child.description ?? ''),
    ])
    rows.push(...inside(child, name))
  }
  return rows
}

function inside(schema: Schema, name: string): string[][] {
  const rows = rowsOf(schema, `${name}.`)
  if (isSchema(schema.items)) rows.push(...inside(schema.items, `${name}[]`))
  if (isSchema(schema.additionalProperties)) rows.push(...inside(schema.additionalProperties, `${name}.<name>`))
  for (const choice of schema.anyOf ?? []) if (isSchema(choice)) rows.push(...inside(choice, name))
  return rows
}

/** `configuration.md`: every key of the configuration with its type, default and meaning. */
export function configurationPage(): string {
  return [
    generatedFrom('packages/contracts/src/config.ts'),
    '',
    '# Configuration',
    '',
    '`greengate.config.ts` (with `defineConfig`) or `greengate.yaml`, one schema for both; `greengate init` writes one with what',
    'it found. [greengate.schema.json](greengate.schema.json) lets an editor complete and check it. Unknown keys are refused.',
    'No parameter of a control is set here: those live in the policy alone.',
    '',
    'Placeholders in `start`, `requests` and `seed`: `{port}`, `{host}`, `{workdir}` (a folder of the instance, deleted with',
    'it), `{secret:NAME}` (minted for this run, redacted everywhere), and for a dependency `db`: `{db.url}`, `{db.host}`,',
    '`{db.port}`, `{db.user}`, `{db.password}`, `{db.database}`.',
    '',
    ...table(['key', 'type', 'default', 'meaning'], rowsOf(serviceConfigJsonSchema(), '')),
    '',
  ].join('\n')
}
