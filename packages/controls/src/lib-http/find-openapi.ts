import type { CheckContext, Instance, Json } from '@greengate/contracts'
import { parseDescription } from './openapi.ts'

/** Where descriptions are served by common frameworks and generators. */
const USUAL_PATHS = [
  '/openapi.json',
  '/openapi.yaml',
  '/api/openapi.json',
  '/docs/openapi.json',
  '/docs/json',
  '/documentation/json',
  '/api-docs',
  '/api-json',
  '/swagger.json',
  '/v3/api-docs',
  '/swagger/v1/swagger.json',
  '/api/v1/openapi.json',
  '/api/schema/',
]

export interface FoundDescription {
  readonly path: string
  readonly text: string
  readonly doc: { readonly [key: string]: Json }
}

export interface DescriptionSearch {
  readonly found: FoundDescription | null
  /** Every path asked, with what it answered. */
  readonly tried: readonly { readonly path: string; readonly status: number }[]
}

/** Asks the declared path, or else the usual ones, for an OpenAPI description. */
export async function findDescription(context: CheckContext, instance: Instance): Promise<DescriptionSearch> {
  const declared = context.config.probes.openapi
  const tried: { path: string; status: number }[] = []
  for (const path of declared === undefined ? USUAL_PATHS : [declared]) {
    const answer = await instance.http({
      path,
      headers: { accept: 'application/json, application/yaml;q=0.9, */*;q=0.1', ...context.config.probes.headers },
      bodyBytesMax: 8 * 1024 * 1024,
    })
    tried.push({ path, status: answer.status })
    if (answer.status !== 200 || answer.truncated) continue
    const doc = parseDescription(answer.body)
    if (doc && (typeof doc['openapi'] === 'string' || typeof doc['swagger'] === 'string')) {
      return { found: { path, text: answer.body, doc }, tried }
    }
  }
  return { found: null, tried }
}
