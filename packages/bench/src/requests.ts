import type { HttpRequest, Json, RequestSpec, ServiceConfig } from '@greengate/contracts'
import { GreengateError } from '@greengate/contracts'
import { fillPlaceholders, mapStrings, type PlaceholderValues } from './placeholders.ts'

/**
 * A declared request with its placeholders, its identity and its number filled in.
 * @throws GreengateError CONFIG_INVALID for an identity or a dependency that is not declared
 */
export function prepareRequest(
  spec: RequestSpec,
  config: ServiceConfig,
  values: PlaceholderValues,
  n: number,
): HttpRequest {
  const fill = (text: string): string => fillPlaceholders(text, values, 'requests').replaceAll('{n}', String(n))
  const identity = spec.as === '' ? undefined : config.identities[spec.as]
  if (spec.as !== '' && !identity) {
    throw new GreengateError('CONFIG_INVALID', `A request is sent as ${spec.as}, an identity that is not declared.`, {
      where: `requests: ${spec.method} ${spec.path}`,
      fix: `Declare \`identities.${spec.as}\`, or correct \`as\`. Declared: ${Object.keys(config.identities).join(', ') || 'none'}.`,
    })
  }
  const headers = Object.fromEntries(
    Object.entries({ ...identity?.headers, ...spec.headers }).map(([name, value]) => [name, fill(value)]),
  )
  const body: Json | undefined = spec.body === undefined ? undefined : mapStrings(spec.body as Json, fill)
  return {
    method: spec.method,
    path: fill(spec.path),
    headers,
    // A declared body is JSON, also where it is only a string.
    ...(body === undefined ? {} : typeof body === 'string' ? { body: JSON.stringify(body) } : { body }),
    ...(typeof body === 'string' && headers['content-type'] === undefined
      ? { headers: { ...headers, 'content-type': 'application/json' } }
      : {}),
  }
}
