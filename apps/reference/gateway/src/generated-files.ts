import { exampleEnv, registryJson } from '@greengate/kit/config'
import { variables } from './variables.ts'

/** Files in the tree that come from the registry, name to text. A test compares them. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    'env.registry.json': registryJson(variables),
    '.env.example': exampleEnv(variables, 'Environment of the gateway'),
  }
}
