import { type ServiceConfig, type TreePort, type VariableSpec, variableSchema } from '@greengate/contracts'
import { z } from 'zod'

const fileSchema = z.union([
  z.strictObject({ variables: z.record(z.string(), variableSchema) }),
  z.record(z.string(), variableSchema),
])

export interface Registry {
  readonly where: string
  readonly variables: Readonly<Record<string, VariableSpec>>
  /** Why the registry can't be read; empty: it can. */
  readonly problem: string
}

/** The registry of variables that the configuration holds or names. */
export async function readRegistry(config: ServiceConfig, tree: TreePort): Promise<Registry> {
  if (typeof config.variables !== 'string')
    return { where: 'configuration: variables', variables: config.variables, problem: '' }
  const where = config.variables.replace(/^\.\//, '')
  try {
    const parsed = fileSchema.parse(JSON.parse(await tree.read(where)))
    return { where, variables: isWrapped(parsed) ? parsed.variables : parsed, problem: '' }
  } catch (error) {
    return { where, variables: {}, problem: error instanceof Error ? error.message.slice(0, 300) : String(error) }
  }
}

function isWrapped(value: z.infer<typeof fileSchema>): value is { variables: Record<string, VariableSpec> } {
  return 'variables' in value && !variableSchema.safeParse(value['variables']).success
}
