import { ConfigError } from '../config/config-error.ts'
import type { Logger } from '../telemetry/logger.ts'
import { exitCodes, StartError } from './exit-codes.ts'

/** What a process does and how it ends; the process itself is passed in, so that tests own it. */
export interface Host {
  on(event: 'SIGTERM' | 'SIGINT', listener: () => void): unknown
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown
  exit(code: number): void
}

/** What runs after a start. */
export interface Running {
  /** Stops in order; resolves to the exit code. */
  stop(): Promise<number>
}

function exitCodeOf(error: unknown): number {
  if (error instanceof ConfigError) return exitCodes.config
  if (error instanceof StartError) return exitCodes.unavailable
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL' ? exitCodes.os : exitCodes.software
}

function eventOf(error: unknown): string {
  return error instanceof ConfigError ? 'config_error' : 'start_failed'
}

/**
 * Starts, logs exactly one line when that fails and exits non-zero; stops on SIGTERM and SIGINT; crashes on what
 * nobody caught, after logging it. A second signal does not hurry anything: the deadline of the stop does.
 */
export async function runMain(start: () => Promise<Running>, logger: Logger, host: Host): Promise<void> {
  let stopping = false
  let running: Running | null = null
  const exit = (code: number): void => {
    // Lines wait for the end of the turn, and after an exit there is none.
    logger.flushSync()
    host.exit(code)
  }
  const crash = (error: unknown): void => {
    logger.log('fatal', 'uncaught', { error })
    exit(exitCodes.software)
  }
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return
    stopping = true
    logger.log('info', 'stopping', { signal })
    try {
      const code = running ? await running.stop() : exitCodes.ok
      logger.log('info', 'stopped', { exit_code: code })
      exit(code)
    } catch (error) {
      crash(error)
    }
  }
  host.on('uncaughtException', crash)
  host.on('unhandledRejection', crash)
  host.on('SIGTERM', () => void stop('SIGTERM'))
  host.on('SIGINT', () => void stop('SIGINT'))
  try {
    running = await start()
  } catch (error) {
    logger.log('fatal', eventOf(error), { error })
    exit(exitCodeOf(error))
  }
}
