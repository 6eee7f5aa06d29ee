import type { Json } from '@greengate/contracts'
import { GreengateError } from '@greengate/contracts'
import type { SecretStore } from './secrets.ts'

/** How a service reaches one dependency: always the fault proxy, never the sandbox itself. */
export interface DependencyAddress {
  readonly url: string
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
}

/** What the placeholders of `start` and `requests` stand for. */
export interface PlaceholderValues {
  readonly host: string
  readonly port: number
  readonly workdir: string
  readonly secrets: SecretStore
  readonly dependencies: ReadonlyMap<string, DependencyAddress>
}

const PLACEHOLDER =
  /\{(?:(port|host|workdir)|secret:([A-Za-z0-9_.-]+)|([A-Za-z0-9_-]+)\.(url|host|port|user|password|database))\}/g

/**
 * Fills in placeholders. Braces that are no placeholder stay as they are: a value may be JSON.
 * @throws GreengateError CONFIG_INVALID for a dependency that is not declared
 */
export function fillPlaceholders(template: string, values: PlaceholderValues, where: string): string {
  return template.replace(
    PLACEHOLDER,
    (
      whole,
      simple: string | undefined,
      secret: string | undefined,
      dependency: string | undefined,
      part: keyof DependencyAddress | undefined,
    ) => {
      if (simple === 'port') return String(values.port)
      if (simple === 'host') return values.host
      if (simple === 'workdir') return values.workdir
      if (secret !== undefined) return values.secrets.named(secret)
      if (dependency === undefined || part === undefined) return whole
      const address = values.dependencies.get(dependency)
      if (!address) {
        throw new GreengateError(
          'CONFIG_INVALID',
          `The placeholder ${whole} names a dependency that is not declared.`,
          {
            where,
            fix: `Declare \`dependencies.${dependency}\`, or correct the name. Declared: ${[...values.dependencies.keys()].join(', ') || 'none'}.`,
          },
        )
      }
      return String(address[part])
    },
  )
}

/** Applies `fill` to every string in a JSON value, keys left alone. */
export function mapStrings(value: Json, fill: (text: string) => string): Json {
  if (typeof value === 'string') return fill(value)
  if (Array.isArray(value)) return value.map((item: Json) => mapStrings(item, fill))
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, fill)]))
  }
  return value
}
