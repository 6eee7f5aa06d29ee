import { parseArgs } from 'node:util'
import { dirname, join, resolve } from 'node:path'
import { exportTree } from '@greengate/bench/tree'
import { loadConfig } from '@greengate/configuration'
import {
  type Action,
  GreengateError,
  type ServiceConfig,
  serviceConfigSchema,
  type Subject,
} from '@greengate/contracts'
import { oneLine } from '@greengate/reports/text'
import { authorizeSubject, type AuthorizedSubject } from '../authorize-subject.ts'
import { isDigest, subjectOf } from '../check/session.ts'
import type { Command, Io } from '../command.ts'
import { latestBundle } from '../latest-bundle.ts'
import { loadTrustRoot } from '../trust-root.ts'

/** Options that `authorize` and `deploy` share. */
export const AUTHORIZE_OPTIONS = {
  'trust-root': { type: 'string' },
  environment: { type: 'string' },
  action: { type: 'string', default: 'promote' },
  evidence: { type: 'string' },
  policy: { type: 'string' },
  subject: { type: 'string' },
  config: { type: 'string' },
} as const

export const AUTHORIZE_HELP = `  --trust-root FILE  whose signatures count, and which policy (or GREENGATE_TRUST_ROOT)
  --environment E    where it is to go
  --action A         promote (default) or rollback
  --evidence DIR     the bundle; default: the newest run of this project
  --policy FILE      the policy, where it is not a built-in one; it must be the one that the trust root names
  --subject DIGEST   a release other than the tree here; deploy takes it for a rollback only`

export const authorizeCommand: Command = {
  name: 'authorize',
  summary: 'says whether this very subject may be deployed, from verified evidence alone',
  usage: `Usage: greengate authorize --trust-root FILE --environment E [options]\n\n${AUTHORIZE_HELP}`,
  async run(args, io) {
    const { values } = parseArgs({ args: [...args], options: AUTHORIZE_OPTIONS })
    const { authorized } = await authorizeHere(values, io)
    return printDecision(authorized, io)
  },
}

export interface AuthorizeValues {
  readonly 'trust-root'?: string | undefined
  readonly environment?: string | undefined
  readonly action: string
  readonly evidence?: string | undefined
  readonly policy?: string | undefined
  readonly subject?: string | undefined
  readonly config?: string | undefined
}

export interface AuthorizedHere {
  readonly authorized: AuthorizedSubject
  readonly config: ServiceConfig
  readonly dir: string
  readonly environment: string
  readonly action: Action
}

/** Works out what is to be deployed from where it is called, and decides. @throws GreengateError */
export async function authorizeHere(values: AuthorizeValues, io: Io): Promise<AuthorizedHere> {
  const trustRootFile = values['trust-root'] ?? io.env['GREENGATE_TRUST_ROOT']
  if (!trustRootFile)
    throw new GreengateError('USAGE', 'It is not said what to trust.', {
      where: '--trust-root',
      fix: 'Name the trust root; `greengate trust` prints one.',
    })
  if (!values.environment)
    throw new GreengateError('USAGE', 'It is not said where it is to go.', {
      where: '--environment',
      fix: 'For example: --environment production',
    })
  const action = values.action
  if (action !== 'promote' && action !== 'rollback')
    throw new GreengateError('USAGE', `There is no action ${action}.`, {
      where: '--action',
      fix: 'promote or rollback.',
    })
  if (values.subject !== undefined && !isDigest(values.subject))
    throw new GreengateError('USAGE', 'That is not a digest.', {
      where: '--subject',
      fix: 'sha256: and 64 hexadecimal digits.',
    })
  const trustRoot = await loadTrustRoot(resolve(io.cwd, trustRootFile))
  const loaded = await loadConfig({ cwd: io.cwd, ...(values.config === undefined ? {} : { file: values.config }) })
  const dir = loaded ? dirname(loaded.path) : io.cwd
  const config = loaded?.config ?? serviceConfigSchema.parse({ service: 'service' })
  const subject = values.subject === undefined ? await subjectHere(dir, config, io.signal) : null
  const authorized = await authorizeSubject({
    trustRoot,
    environment: values.environment,
    action,
    subject,
    subjectDigest: values.subject ?? subject?.digest ?? '',
    bundleDir: values.evidence === undefined ? await latestBundle(dir) : resolve(io.cwd, values.evidence),
    policyFile: values.policy === undefined ? '' : resolve(io.cwd, values.policy),
    projectDir: dir,
    deploymentsDir: join(dir, '.greengate', 'deployments'),
    nowMs: Date.now(),
  })
  return { authorized, config, dir, environment: values.environment, action }
}

/** The tree in a folder, as it is. */
export async function subjectHere(dir: string, config: ServiceConfig, signal: AbortSignal): Promise<Subject> {
  const tree = await exportTree({
    dir,
    exclude: [],
    stateDir: join(dir, '.greengate'),
    runId: `authorize-${process.pid}`,
    signal,
  })
  await tree.close()
  return subjectOf(tree, config, {})
}

/** Prints why or why not; 0 when it is allowed, 1 when not. */
export function printDecision(authorized: AuthorizedSubject, io: Io): 0 | 1 {
  const { authorization, subject } = authorized
  if (authorization.allowed) {
    const { proved, required } = authorization.verdict.coverage
    io.stdout.write(
      `Allowed: ${oneLine(subject.name)} ${subject.digest}, ${proved} of ${required} required controls are green.\n`,
    )
    return 0
  }
  io.stderr.write(
    `Refused: ${oneLine(subject.name)} ${subject.digest}\n${authorization.reasons.map((reason) => `  ${oneLine(reason)}\n`).join('')}`,
  )
  return 1
}
