import { CannotObserve, type CheckContext, variableSchema, type VariableSpec } from '@greengate/contracts'
import { z } from 'zod'

const registrySchema = z.record(z.string(), variableSchema)

/** The variable registry of the service: inline, or from the JSON file in the tree that the configuration names. */
export async function resolveVariables(context: CheckContext): Promise<Readonly<Record<string, VariableSpec>>> {
  const { variables } = context.config
  if (typeof variables !== 'string') return variables
  const path = variables.replace(/^\.\//, '')
  if (!context.tree?.has(path)) {
    throw new CannotObserve(
      'registry-not-found',
      `The variable registry ${variables} is not in the tree.`,
      'Correct `variables`: an object, or the path of a JSON file in the tree.',
    )
  }
  try {
    const parsed: unknown = JSON.parse(await context.tree.read(path))
    const holder = z.object({ variables: registrySchema }).safeParse(parsed)
    return holder.success ? holder.data.variables : registrySchema.parse(parsed)
  } catch (error) {
    throw new CannotObserve(
      'registry-unreadable',
      `The variable registry ${variables} can't be read: ${error instanceof Error ? error.message.slice(0, 200) : 'unknown reason'}.`,
      'Make it a JSON object of variables: { "PORT": { "required": true, "format": "port" } }.',
    )
  }
}

/** The registry, or the line that is missing. @throws CannotObserve if no declared variable fits */
export async function variablesThat(
  context: CheckContext,
  fits: (spec: VariableSpec, name: string) => boolean,
  example: string,
): Promise<[name: string, spec: VariableSpec][]> {
  const found = Object.entries(await resolveVariables(context)).filter(([name, spec]) => fits(spec, name))
  if (found.length > 0) return found
  throw new CannotObserve(
    'no-variables-declared',
    'The configuration declares no environment variable that this control could be tried on.',
    `Declare them in \`variables\`, for example: variables: { ${example} }`,
  )
}
