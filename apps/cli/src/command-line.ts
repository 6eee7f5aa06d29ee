import { setFlagsFromString } from 'node:v8'
import { GreengateError } from '@greengate/contracts'
import { visible } from '@greengate/reports/text'
import type { Command, ExitCode, Io } from './command.ts'
import { toolVersion } from './version.ts'

/** Each command is loaded when it is called, so that `controls` does not pay for `check`. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  init: () => import('./commands/init.ts').then((module) => module.init),
  check: () => import('./commands/check.ts').then((module) => module.check),
  controls: () => import('./commands/controls.ts').then((module) => module.controls),
  explain: () => import('./commands/explain.ts').then((module) => module.explain),
  prove: () => import('./commands/prove.ts').then((module) => module.prove),
  verify: () => import('./commands/verify.ts').then((module) => module.verify),
  ledger: () => import('./commands/ledger.ts').then((module) => module.ledger),
  trust: () => import('./commands/trust.ts').then((module) => module.trust),
  authorize: () => import('./commands/authorize.ts').then((module) => module.authorizeCommand),
  deploy: () => import('./commands/deploy.ts').then((module) => module.deploy),
}

/** Runs the command line. Never throws, and never prints a stack trace for what a person can mend. */
export async function main(args: readonly string[], io: Io): Promise<ExitCode> {
  try {
    const [name = '--help', ...rest] = args
    if (name === '--version' || name === '-v') return say(io, `${toolVersion()}\n`)
    if (name === '--help' || name === '-h' || name === 'help') return say(io, await overview())
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
    if (!load)
      throw new GreengateError('USAGE', `There is no command ${name}.`, {
        where: name,
        fix: `One of: ${Object.keys(COMMANDS).join(', ')}.`,
      })
    const command = await load()
    if (rest.includes('--help') || rest.includes('-h')) return say(io, `${command.usage}\n`)
    return await command.run(rest, io)
  } catch (error) {
    return report(error, io)
  }
}

function say(io: Io, text: string): ExitCode {
  io.stdout.write(text)
  return 0
}

async function overview(): Promise<string> {
  const commands = await Promise.all(Object.values(COMMANDS).map((load) => load()))
  const lines = commands.map((command) => `  ${command.name.padEnd(11)}${command.summary}`)
  return `Greengate: production readiness, executed.\n\nUsage: greengate COMMAND [options]\n\n${lines.join('\n')}\n\nExit codes: 0 green, 1 red or partial, 2 the call or the configuration is wrong, 3 Greengate itself failed.\ngreengate COMMAND --help shows its options.\n`
}

function report(error: unknown, io: Io): ExitCode {
  if (error instanceof GreengateError) {
    // Parts of it may come from a service: its output must not repaint a terminal, or command a pipeline.
    const place = error.where === '' ? '' : `\n  where: ${indented(error.where)}`
    const text = `greengate: ${indented(error.message)}${place}\n  fix:   ${indented(error.fix)}\n  code:  ${error.code}\n`
    io.stderr.write(text)
    return error.exitCode
  }
  // parseArgs speaks of options in plain words already.
  if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
    io.stderr.write(`greengate: ${error.message}\n  fix:   Run greengate COMMAND --help.\n  code:  USAGE\n`)
    return 2
  }
  const noSpace = error instanceof Error && 'code' in error && error.code === 'ENOSPC'
  if (noSpace) {
    io.stderr.write(
      'greengate: There is no space left on the disk; nothing was decided.\n  fix:   Free some space, then run again.\n  code:  EVIDENCE_STORE\n',
    )
    return 3
  }
  io.stderr.write(
    `greengate: It failed itself: ${error instanceof Error ? error.message : String(error)}\n  fix:   This is a defect of Greengate: report it with the message. GREENGATE_DEBUG=1 shows where.\n  code:  INTERNAL\n`,
  )
  if (io.env['GREENGATE_DEBUG'] && error instanceof Error) io.stderr.write(`${error.stack}\n`)
  return 3
}

/** With everything invisible spelt out, and no line that begins where a line of ours does. */
function indented(text: string): string {
  return visible(text).replaceAll('\n', '\n  ')
}

/** Resolves when everything written so far was handed to the system, or was refused by it. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => setImmediate(resolve)))
}

function lostOutput(): GreengateError {
  return new GreengateError('EVIDENCE_STORE', 'What was printed could not be written where it was sent.', {
    where: 'standard output',
    fix: 'Free space there, or send the output elsewhere; the verdict itself is in .greengate/latest.',
  })
}

/** Runs the command line on this process: its arguments, streams and signals. */
export async function start(): Promise<void> {
  // V8 lets the space for new objects grow to 128 MiB and keeps it; a gate shares its machine with what it judges.
  setFlagsFromString('--semi-space-growth-factor=1')
  const abort = new AbortController()
  // The first signal clears up, a second one ends it at once; what is left then is cleared up by the next start.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (abort.signal.aborted) process.exit(130)
      abort.abort(
        new GreengateError('USAGE', `It was stopped by ${signal}; nothing was decided.`, { fix: 'Run it again.' }),
      )
    })
  }
  const io: Io = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    signal: abort.signal,
  }
  let outputLost = false
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever read has gone away, as `head` does: the run goes on, clears up and keeps its exit code.
      if (error.code !== 'EPIPE') outputLost = true
    })
  }
  // What nobody waited for fails here: said in one message, never as a trace, never with the exit code of a verdict.
  const failed = (error: unknown): void => process.exit(report(error, io) === 2 ? 2 : 3)
  process.on('uncaughtException', failed)
  process.on('unhandledRejection', failed)
  const code = await main(process.argv.slice(2), io)
  await Promise.all([process.stdout, process.stderr].map((stream) => flushed(stream)))
  process.exitCode = outputLost ? 3 : code
  if (outputLost && process.exitCode !== code) report(lostOutput(), io)
  // A handle that something left open must not keep a verdict from being reported.
  setTimeout(() => process.exit(), 2_000).unref()
}
