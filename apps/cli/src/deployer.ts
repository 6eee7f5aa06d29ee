import { spawn } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Lifeline, MARKER, userStateDir } from '@greengate/bench'
import { exportTree, makeTree } from '@greengate/bench/tree'
import { judge as deployJudge, type Observation as DeployObservation } from '@greengate/controls/dep-01-judge'
import { judge as pathJudge, type Observation as PathObservation } from '@greengate/controls/obs-21-judge'
import { CONTROLS } from '@greengate/controls/catalogue'
import { checkDigests } from '@greengate/controls/digests'
import {
  DEPLOY_ATTEMPTS,
  type DeployAttempt,
  type DeployAttemptKind,
  type Deployer,
  type Evidence,
  type Json,
  type Policy,
  serviceConfigSchema,
  type Subject,
  type TrustRoot,
} from '@greengate/contracts'
import { createFolderStore, digestOf, evidenceStatement, openLedger } from '@greengate/evidence'
import { type Signer, startSigner } from '@greengate/evidence/sign'
import { judgeObservation, toEvidence } from '@greengate/runner'
import { subjectOf } from './check/session.ts'
import { toolVersion } from './version.ts'

/** Limit of one deploy attempt; milliseconds. Generous, for a busy machine. */
const ATTEMPT_TIMEOUT_MS = 60_000
const CREDENTIAL = 'GREENGATE_DRILL_CREDENTIAL'
const SERVICE = 'deploy-drill'

export interface DeployerOptions {
  /** Where it is noted what to clear up; default: the user's own state folder. */
  readonly stateDir?: string
  readonly signal: AbortSignal
}

/**
 * Tries real deploys of a made-up service with real evidence: the deploy command is started as a process of its own, as
 * an owner would start it, and its adapter only records that it was started and what it could see.
 */
export function createDeployer(options: DeployerOptions): Deployer {
  return {
    async attempt(kind, entry) {
      const stateDir = options.stateDir ?? userStateDir()
      const lifeline = new Lifeline(stateDir, 'drill')
      try {
        return await attempt(kind, entry, { lifeline, stateDir, signal: options.signal })
      } finally {
        // With whatever the deploy command has started and left.
        lifeline.abandon()
      }
    },
  }
}

interface Place {
  readonly lifeline: Lifeline
  readonly stateDir: string
  readonly signal: AbortSignal
}

async function attempt(
  kind: DeployAttemptKind,
  entry: readonly string[] | undefined,
  { lifeline, stateDir, signal }: Place,
): Promise<DeployAttempt> {
  // It holds a private key.
  const folder = lifeline.folder('drill')
  const recorder = join(folder, 'recorder.mjs')
  const seen = join(folder, 'seen.json')
  await writeFile(
    recorder,
    `import { writeFileSync } from 'node:fs'\nwriteFileSync(${JSON.stringify(seen)}, JSON.stringify({ credential: process.env.${CREDENTIAL} ?? '' }))\n`,
  )
  const config = {
    service: SERVICE,
    deploy: { command: [process.execPath, recorder], credentials: [CREDENTIAL], timeoutMs: 30_000 },
  }
  const files = {
    'greengate.json': JSON.stringify(config, null, 2),
    'main.js': 'console.log("a service")\n',
    '.gitignore': '.greengate\n',
  }
  const tree = await makeTree(files, { git: [files], stateDir })
  const signer = await startSigner({ keyFile: join(folder, 'key.pem'), createIfMissing: true })
  const stranger =
    kind === 'foreign' ? await startSigner({ keyFile: join(folder, 'stranger.pem'), createIfMissing: true }) : signer
  try {
    if (kind === 'dirty') await writeFile(join(tree.dir, 'main.js'), 'console.log("changed")\n')
    const subject = await subjectAt(tree.dir, config, signal)
    const bundle = join(folder, 'bundle')
    if (kind !== 'missing') await writeBundle(bundle, kind, subject, stranger)
    if (kind === 'stale') await writeFile(join(tree.dir, 'main.js'), 'console.log("another release")\n')
    if (kind === 'altered') await flipBit(bundle)
    const policy = join(folder, 'policy.json')
    await writeFile(policy, JSON.stringify(drillPolicy(kind === 'other-policy' ? 'weaker' : 'drill')))
    const trustRoot = join(folder, 'trust-root.json')
    await writeFile(trustRoot, JSON.stringify(trustRootOf(signer)))
    const argv = entry ?? [
      process.execPath,
      fileURLToPath(mainModule()),
      'deploy',
      '--trust-root',
      trustRoot,
      '--environment',
      'production',
      '--policy',
      policy,
      '--evidence',
      bundle,
    ]
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      [MARKER]: lifeline.marker('deploy'),
      RECORDING_ADAPTER: recorder,
      [CREDENTIAL]: 'drill-credential-of-no-value',
    }
    const ended = await runCommand(argv, tree.dir, env, signal)
    const record = await readFile(seen, 'utf8').catch(() => '')
    return {
      kind,
      exit: ended.exit,
      adapterStarted: record !== '',
      credentialSeen: record.includes('drill-credential'),
      message: ended.message,
    }
  } finally {
    await signer.close()
    if (stranger !== signer) await stranger.close()
    await tree.close()
  }
}

/** The command line stands one folder up from here in the workspace, and beside this file when bundled. */
function mainModule(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url)
}

async function subjectAt(dir: string, config: object, signal: AbortSignal): Promise<Subject> {
  const tree = await exportTree({ dir, exclude: [], stateDir: join(dir, '.greengate'), runId: 'drill', signal })
  await tree.close()
  return subjectOf(tree, serviceConfigSchema.parse(config), {})
}

function drillPolicy(id: string): Policy {
  return {
    schema: 'greengate/policy/v1',
    id,
    version: 1,
    prev: '',
    expires: '2100-01-01T00:00:00.000Z',
    approvers: [],
    threshold: 2,
    runners: [],
    anchored: false,
    require: (['OBS-21', 'DEP-01'] as const).map((control) => ({
      control,
      params: {},
      envs: [],
      trust: 'local' as const,
    })),
  }
}

function trustRootOf(signer: Signer): TrustRoot {
  const policy = digestOf(drillPolicy('drill') as unknown as Json)
  return {
    schema: 'greengate/trust-root/v1',
    keys: [{ keyid: signer.keyid, publicKey: signer.publicKeyPem, trust: 'local' }],
    environments: { production: { promote: policy, rollback: policy } },
    ledgers: [],
  }
}

/** Sound evidence for both controls, changed in the one way that the attempt is about. */
async function writeBundle(dir: string, kind: DeployAttemptKind, subject: Subject, signer: Signer): Promise<void> {
  await mkdir(dir, { recursive: true })
  const about = kind === 'other-subject' ? { ...subject, name: 'another-service' } : subject
  const path: PathObservation = {
    known: { path: '/', status: 200 },
    unknown: ['/a', '/b', '/c'].map((name) => ({
      path: name,
      accept: '*/*',
      status: kind === 'red' ? 200 : 404,
      error: '',
    })),
  }
  const sound: DeployObservation = {
    attempts: DEPLOY_ATTEMPTS.map((one) => ({
      kind: one,
      exit: one === 'green' ? 0 : 1,
      adapterStarted: one === 'green',
      credentialSeen: one === 'green',
      message: '',
    })),
    steps: [],
    pipelines: [],
    notUnderstood: [],
  }
  const ageMs = kind === 'expired' ? ((CONTROLS.get('OBS-21')?.maxAgeS ?? 0) + 3600) * 1000 : 1000
  const evidence = [
    evidenceOf('OBS-21', pathJudge as never, path, about, ageMs),
    ...(kind === 'partial' ? [] : [evidenceOf('DEP-01', deployJudge as never, sound, about, ageMs)]),
  ]
  const store = await createFolderStore(dir)
  for (const one of evidence) await store.put(await signer.sign(evidenceStatement(one)))
  await store.seal({
    runId: 'drill',
    subject: about,
    ledger: openLedger(`${dir}-ledger`, 'greengate.local/drill'),
    signer,
    keys: [{ keyid: signer.keyid, pem: signer.publicKeyPem }],
  })
}

type JudgeOf = Parameters<typeof judgeObservation>[0]['judge']

function evidenceOf(
  control: 'OBS-21' | 'DEP-01',
  judge: JudgeOf,
  observation: unknown,
  subject: Subject,
  ageMs: number,
): Evidence {
  const judged = judgeObservation({ judge }, observation, {}, { requests: 1 })
  const toMs = Date.now() - ageMs
  return toEvidence(
    {
      control,
      target: SERVICE,
      title: '',
      params: {},
      needs: { capabilities: [], effect: 'read', quiet: false, timeoutMs: 1 },
    },
    { ...judged, observation: observation as Json, fromMs: toMs, toMs },
    { version: judge.version, digest: checkDigests().get(control) ?? '' },
    { subject, org: '', runId: 'drill', tool: toolVersion(), facts: [], env: 'sandbox', trust: 'local' },
  )
}

/** One bit of one envelope, in the middle of its payload. */
async function flipBit(bundle: string): Promise<void> {
  const [first] = await readdir(join(bundle, 'envelopes'))
  const file = join(bundle, 'envelopes', first ?? '')
  const bytes = await readFile(file)
  const middle = Math.floor(bytes.length / 2)
  bytes[middle] = (bytes[middle] ?? 0) ^ 1
  await writeFile(file, bytes)
}

async function runCommand(
  argv: readonly string[],
  cwd: string,
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<{ exit: number | null; message: string }> {
  const [program = '', ...args] = argv
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: ATTEMPT_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      signal,
    })
    let text = ''
    const keep = (chunk: Buffer): void => {
      text = (text + chunk.toString('utf8')).slice(-4000)
    }
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.on('error', (error) => resolve({ exit: null, message: error.message }))
    child.on('close', (exit) =>
      resolve({
        exit,
        message: text
          .trim()
          .replaceAll(/\s*\n\s*/g, ' | ')
          .slice(0, 300),
      }),
    )
  })
}
