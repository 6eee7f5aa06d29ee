import type { Readable, Writable } from 'node:stream'

/** What a command may use of the process: passed in, so that tests own it. */
export interface Io {
  readonly stdin: Readable
  readonly stdout: Writable & { isTTY?: boolean; columns?: number }
  readonly stderr: Writable & { isTTY?: boolean; columns?: number }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
}

/** Exit codes: 0 green, 1 red or partial, 2 the call or the configuration is wrong, 3 Greengate itself failed. */
export type ExitCode = 0 | 1 | 2 | 3

export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** Printed by `greengate NAME --help`. */
  readonly usage: string
  run(args: readonly string[], io: Io): Promise<ExitCode>
}
