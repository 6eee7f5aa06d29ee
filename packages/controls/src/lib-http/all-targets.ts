import type { CheckContext, Instance } from '@greengate/contracts'
import { findDescription } from './find-openapi.ts'
import { operationsOf } from './openapi.ts'
import { type Target, targetsOf } from './targets.ts'

/** Declared requests; where none is declared, the operations of the OpenAPI description as well. */
export async function allTargets(context: CheckContext, instance: Instance): Promise<Target[]> {
  if (Object.keys(context.config.requests).length > 0) return targetsOf(context, [])
  const { found } = await findDescription(context, instance)
  return targetsOf(context, found ? operationsOf(found.doc) : [])
}
