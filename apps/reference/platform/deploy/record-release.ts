import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, loadConfig } from '@greengate/kit/config'
import type { Env } from '@greengate/reference-base'
import { createLogger } from '../src/config.ts'
import { variables } from '../src/variables.ts'

/** What was let through, to where and when. */
export interface Release {
  readonly subject: string
  readonly commit: string
  readonly environment: string
  /** RFC 3339, UTC. */
  readonly at: string
}

const releaseVariables = {
  RELEASE_TOKEN: { ...variables.RELEASE_TOKEN, required: true },
  RELEASE_DIR: { ...variables.RELEASE_DIR, fallback: '.greengate/releases' },
  GREENGATE_SUBJECT: { ...variables.GREENGATE_SUBJECT, required: true, pattern: 'sha256:[0-9a-f]{64}' },
  // Empty where the tree has no git.
  GREENGATE_COMMIT: { ...variables.GREENGATE_COMMIT, fallback: '' },
  GREENGATE_ENVIRONMENT: { ...variables.GREENGATE_ENVIRONMENT, required: true },
} as const

/**
 * Writes down a release, which is all that deploying means for a service that nobody hosts: one new file, never changed.
 * The token only shows that `greengate deploy` handed it over; nothing of it is kept.
 * @returns the file and what is in it
 * @throws ConfigError without the token, a subject or an environment; nothing is written then
 */
export async function recordRelease(env: Env, nowMs: () => number): Promise<{ file: string; release: Release }> {
  const config = loadConfig(releaseVariables, env)
  const release: Release = {
    subject: config.GREENGATE_SUBJECT,
    commit: config.GREENGATE_COMMIT,
    environment: config.GREENGATE_ENVIRONMENT,
    at: new Date(nowMs()).toISOString(),
  }
  await mkdir(config.RELEASE_DIR, { recursive: true })
  const name = `${release.at.replaceAll(/[^0-9TZ]/g, '')}-${release.subject.slice('sha256:'.length, 19)}.json`
  const file = join(config.RELEASE_DIR, name)
  await writeFile(file, `${JSON.stringify(release, null, 2)}\n`, { flag: 'wx', flush: true })
  return { file, release }
}

if (import.meta.main) {
  const logger = createLogger(process.env)
  try {
    const { file, release } = await recordRelease(process.env, Date.now)
    logger.log('info', 'release_recorded', { file, ...release })
  } catch (error) {
    logger.log('fatal', 'release_refused', { error })
    process.exitCode = error instanceof ConfigError ? 78 : 1
  }
}
