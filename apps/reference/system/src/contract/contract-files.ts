import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SERVICES, type ServiceName } from '../start/options.ts'
import { breakingChanges } from './breaking-changes.ts'
import { readDescription } from './description.ts'

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'docs', 'openapi')
const ANSWER_TIMEOUT_MS = 10_000

/** What callers of a service rely on: what it serves now, and what it served when it was released last. */
export const contractFile = (service: ServiceName): string => join(FOLDER, `${service}.json`)
export const releasedFile = (service: ServiceName): string => join(FOLDER, 'released', `${service}.json`)

/** The description as the service serves it. @throws Error when it does not answer with one */
export async function servedDescription(url: string): Promise<unknown> {
  const answer = await fetch(`${url}/openapi.json`, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
  if (!answer.ok) throw new Error(`${url}/openapi.json answered ${answer.status}`)
  const document: unknown = await answer.json()
  readDescription(document)
  return document
}

export function committedDescription(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8')) as unknown
}

/** What callers of the last release would trip over; of a service that was never released, nothing. */
export function breaksSinceRelease(service: ServiceName, document: unknown): readonly string[] {
  const released = releasedFile(service)
  if (!existsSync(released)) return []
  return breakingChanges(readDescription(committedDescription(released)), readDescription(document)).map(
    (change) => `${service}: ${change}`,
  )
}

export { SERVICES, type ServiceName }
