import { type Running, StartError } from '@greengate/kit/lifecycle'
import type { Logger } from '@greengate/kit/telemetry'
import { type Env, openTelemetry } from '@greengate/reference-base'
import { currentBuild } from '../build/current-build.ts'
import { type Config, readConfig, SERVICE } from './config.ts'
import { DiskStore } from './disk-store.ts'
import { loadRenderer } from './page-renderer.ts'
import { StaticFiles } from './static-files.ts'
import { variables } from './variables.ts'
import { createWeb, type WebParts } from './web.ts'

async function openStore(config: Config, logger: Logger): Promise<DiskStore> {
  return DiskStore.open({
    folder: config.CACHE_DIR,
    onProblem: (problem, error) =>
      logger.log('warn', 'content_store_problem', {
        problem,
        ...(error instanceof Error ? { reason: error.message } : {}),
      }),
  })
}

/** @throws StartError `dependency_unavailable` */
async function readBuild() {
  const current = await currentBuild()
  if (!current)
    throw new StartError('dependency_unavailable', 'there is no build of the client: run `npm run build` first')
  const [files, module] = await Promise.all([
    StaticFiles.read(current.folder, current.build),
    loadRenderer(current.folder),
  ])
  return { build: current.build, files, module }
}

export interface StartOptions {
  /** Takes the log lines instead of standard output. */
  readonly write?: (line: string) => void
  /** Instead of `PORT`; 0 takes any that is free. For tests. */
  readonly port?: number
  /** How often what is known is compared with what is published. For tests. */
  readonly rounds?: NonNullable<WebParts['rounds']>
}

/**
 * Starts the web server: configuration, the build, what is known from before, and only then the port. It waits for no other
 * service: without them it shows what it knows.
 * @throws ConfigError, StartError
 */
export async function startWeb(env: Env, options: StartOptions = {}): Promise<Running & { readonly port: number }> {
  const config = readConfig(env)
  const telemetry = await openTelemetry(SERVICE, variables, env, config, options.write)
  const { logger } = telemetry
  try {
    const [parts, store] = await Promise.all([readBuild(), openStore(config, logger)])
    const { rounds } = options
    const service = createWeb({ config, telemetry, store, ...parts, ...(rounds ? { rounds } : {}) })
    const port = await service.listen(config.HOST, options.port ?? config.PORT)
    const { release } = parts.build
    logger.log('info', 'started', { host: config.HOST, port, environment: config.APP_ENV, release })
    return { port, stop: () => service.stop() }
  } catch (error) {
    await telemetry.close()
    throw error
  }
}
