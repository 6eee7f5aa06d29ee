import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { GreengateError } from '@greengate/contracts'
import { DEPLOYMENT_PREDICATE_TYPE, type Deployment, encodeEnvelope, statementOf } from '@greengate/evidence'
import { startSigner } from '@greengate/evidence/sign'
import { signingKeyFile } from '../check/keys.ts'
import type { Command, Io } from '../command.ts'
import {
  AUTHORIZE_HELP,
  AUTHORIZE_OPTIONS,
  type AuthorizedHere,
  authorizeHere,
  printDecision,
  subjectHere,
} from './authorize.ts'

export const deploy: Command = {
  name: 'deploy',
  summary: 'starts the deploy command with its credentials, after a green verdict verified, and never before',
  usage: `Usage: greengate deploy --trust-root FILE --environment E [options]

Runs deploy.command of the configuration if, and only if, the subject is authorized. Its credentials (deploy.credentials) are
taken from this environment and handed to it alone.
${AUTHORIZE_HELP}`,
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: AUTHORIZE_OPTIONS })
    if (values.subject !== undefined && values.action !== 'rollback')
      throw new GreengateError('USAGE', 'A release other than the tree here can be gone back to, not promoted.', {
        where: '--subject',
        fix: 'Promote from the tree of the release itself, without --subject; or go back with --action rollback.',
      })
    const here = await authorizeHere(values, io)
    const code = printDecision(here.authorized, io)
    if (code !== 0) return code
    const adapter = here.config.deploy
    if (!adapter)
      throw new GreengateError('CONFIG_INVALID', 'It is not known how to deploy.', {
        where: 'deploy.command',
        fix: 'Declare the deploy command and its credentials in the configuration.',
      })
    const missing = adapter.credentials.filter((name) => !io.env[name])
    if (missing.length > 0)
      throw new GreengateError('USAGE', `The deploy command needs ${missing.join(', ')}.`, {
        where: 'deploy.credentials',
        fix: 'Set them for this command alone.',
      })
    // Its own tree was compared with its evidence; for a release from elsewhere this tree gives the command, and gets the credentials.
    if (values.subject !== undefined && (await subjectHere(here.dir, here.config, io.signal)).dirty)
      throw new GreengateError('USAGE', 'The tree here, which says how to deploy, has changes that no commit holds.', {
        where: here.dir,
        fix: 'Commit them, or go back from a clean checkout.',
      })
    const exit = await startAdapter(here, adapter, io)
    await record(here, exit, io)
    io.stdout.write(exit === 0 ? 'Deployed.\n' : `The deploy command ended with ${exit ?? 'a signal'}.\n`)
    return exit === 0 ? 0 : 1
  },
}

type Adapter = NonNullable<AuthorizedHere['config']['deploy']>

async function startAdapter(here: AuthorizedHere, adapter: Adapter, io: Io): Promise<number | null> {
  const [program, ...args] = adapter.command
  if (program === undefined) return null
  const env: Record<string, string> = {
    GREENGATE_SUBJECT: here.authorized.subject.digest,
    GREENGATE_COMMIT: here.authorized.subject.commit,
    GREENGATE_ENVIRONMENT: here.environment,
    GREENGATE_ACTION: here.action,
  }
  for (const name of ['PATH', 'HOME', 'LANG', 'TZ', ...adapter.credentials]) {
    const value = io.env[name]
    if (value !== undefined) env[name] = value
  }
  // A signal that came while the evidence was read has been said already, and is not said again.
  io.signal.throwIfAborted()
  return new Promise((resolvePromise, reject) => {
    const child = spawn(program, args, {
      cwd: resolve(here.dir),
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    })
    // The whole group: a deploy script's children must not go on when it was stopped.
    const end = (): void => {
      if (child.pid !== undefined) {
        try {
          process.kill(-child.pid, 'SIGKILL')
        } catch {
          // It is gone already.
        }
      }
    }
    const timer = setTimeout(end, adapter.timeoutMs)
    io.signal.addEventListener('abort', end, { once: true })
    child.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      reject(
        new GreengateError(
          'START_COMMAND_NOT_FOUND',
          `The deploy command can't be started: ${error.code ?? error.message}.`,
          { where: adapter.command.join(' '), fix: 'Install the program, or correct `deploy.command`.' },
        ),
      )
    })
    child.on('exit', (code) => {
      clearTimeout(timer)
      resolvePromise(code)
    })
  })
}

/** The signed record of what was deployed: what a rollback may go back to. */
async function record(here: AuthorizedHere, exit: number | null, io: Io): Promise<void> {
  const { subject, policyDigest, evidence } = here.authorized
  const deployment: Deployment = {
    subject,
    environment: here.environment,
    action: here.action,
    policy: policyDigest,
    result: exit === 0 ? 'deployed' : 'failed',
    reasons: [],
    evidence: [...evidence],
    exit,
    at: new Date().toISOString(),
  }
  const signer = await startSigner({ keyFile: signingKeyFile(io.env), createIfMissing: true })
  try {
    const envelope = await signer.sign(statementOf(subject, DEPLOYMENT_PREDICATE_TYPE, deployment))
    const folder = join(here.dir, '.greengate', 'deployments')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `${deployment.at.replaceAll(':', '')}.json`), encodeEnvelope(envelope), { flag: 'wx' })
  } finally {
    await signer.close()
  }
}
