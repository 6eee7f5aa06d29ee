import { type ServiceConfig, type TreePort, variableSchema } from '@greengate/contracts'
import { objectOf } from './scan.ts'

/** A registry in the tree that says of every variable, in so many words, whether a third party gave it out. */
export interface DeclaredVariables {
  readonly where: string
  readonly names: readonly string[]
  readonly thirdParty: readonly string[]
  /** None of them can hold the address of a database: each address is one of HTTP, and no name is usual for a database. */
  readonly httpOnly: boolean
}

const DATABASE_NAME =
  /(?:^|_)(?:DATABASE|DB|PG\w*|POSTGRES\w*|MYSQL|MARIADB|MONGO\w*|SQL\w*|ORACLE|CASSANDRA|DYNAMO\w*|REDIS|CONNECTION_STRING)(?:_|$)/
const HTTP_PATTERN = /^\^(?:\(\?:)?https?(?:\?|\|https)?\)?:\/\//

/**
 * The registry that the configuration names, where it is a file of the tree. CFG-05 holds it to what the source reads, so that a
 * variable is not missing from it unnoticed; one inside the configuration adds variables and says nothing of others.
 * @returns null without one, or for one that leaves anything open
 */
export async function declaredVariables(
  tree: TreePort | null,
  config: ServiceConfig | null,
): Promise<DeclaredVariables | null> {
  if (!tree || typeof config?.variables !== 'string') return null
  const where = config.variables.replace(/^\.\//, '')
  if (!tree.has(where)) return null
  let json: unknown
  try {
    json = JSON.parse(await tree.read(where))
  } catch {
    return null
  }
  const entries = Object.entries(variablesIn(json)).map(([name, spec]) => ({ name, spec: objectOf(spec) }))
  const open = entries.some(
    // Looked at as it is written: a default would answer for who wrote nothing.
    ({ spec }) => typeof spec?.['thirdParty'] !== 'boolean' || !variableSchema.safeParse(spec).success,
  )
  if (entries.length === 0 || open) return null
  return {
    where,
    names: entries.map(({ name }) => name),
    httpOnly: entries.every(
      ({ name, spec }) =>
        !DATABASE_NAME.test(name) && (spec?.['format'] !== 'url' || HTTP_PATTERN.test(String(spec['pattern']))),
    ),
    thirdParty: entries.filter(({ spec }) => spec?.['thirdParty'] === true).map(({ name }) => name),
  }
}

/** By themselves, or under the one key `variables`. */
function variablesIn(json: unknown): Readonly<Record<string, unknown>> {
  const outer = objectOf(json) ?? {}
  const inner = objectOf(outer['variables'])
  return inner && Object.keys(outer).length === 1 && !variableSchema.safeParse(inner).success ? inner : outer
}
