import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CONTROLS } from '@greengate/controls/catalogue'
import { CHECKS } from '@greengate/controls/checks'
import { checkDigests } from '@greengate/controls/digests'
import { digestTree } from '@greengate/bench/tree'
import {
  type AnyCheck,
  type CheckContext,
  GreengateError,
  invariant,
  type Report,
  type Requirement,
  type RunEvent,
  type VerifiedEvidence,
} from '@greengate/contracts'
import { canonicalize, createFolderStore, digestOf, evidenceStatement, openLedger } from '@greengate/evidence'
import { type Signer, startSigner } from '@greengate/evidence/sign'
import { compilePolicy, decide } from '@greengate/gate'
import {
  createRedactor,
  orderItems,
  type Plan,
  type PlanItem,
  run,
  type RunResult,
  toEvidence,
} from '@greengate/runner'
import type { Io } from '../command.ts'
import { createDeployer } from '../deployer.ts'
import { inventoryOf } from '../inventory.ts'
import { toolVersion } from '../version.ts'
import { buildReport, type Reported, rowKey } from './build-report.ts'
import { readEvidence, readHistory, recallFrom, unsettledEnvelopes } from './history.ts'
import { EventLog } from './event-log.ts'
import { signingKeyFile } from './keys.ts'
import { paramsOf, select, type Selection } from './select.ts'
import { openSession, type Session, type SessionTarget, targetOf } from './session.ts'

export interface PerformOptions {
  readonly cwd: string
  readonly env: Io['env']
  readonly signal: AbortSignal
  readonly gate?: string | undefined
  readonly standard?: string | undefined
  readonly only?: readonly string[] | undefined
  /** Targets to judge alone; all without it. */
  readonly targets?: readonly string[] | undefined
  readonly environment?: string | undefined
  readonly configFile?: string | undefined
  readonly fresh: boolean
  readonly onEvent: (event: RunEvent) => void
}

export interface Performed {
  readonly report: Report
  /** Null: no evidence was kept. */
  readonly bundleDir: string | null
  readonly defaultOut: string
}

/** Limits of one run on two cores: checks on the service mostly wait for it, tools of the tree keep a core busy each. */
const LIMITS = { treeAtOnce: 4, serviceAtOnce: 3 }

/**
 * The whole of `greengate check`: observe, judge, refute, sign, ledger, decide.
 * @throws GreengateError for what is wrong with the call, the configuration or the disk
 */
export async function performCheck(options: PerformOptions): Promise<Performed> {
  const events = new EventLog(options.onEvent)
  // A process of its own, which gets ready while the tree is read.
  const starting = startSigner({ keyFile: signingKeyFile(options.env), createIfMissing: true })
  const started = starting.catch(() => null)
  try {
    const session = await openSession({ ...options, onPhase: (text) => events.emit({ type: 'phase', text }) })
    try {
      await events.open(session.stateDir, session.runId)
      const selected = await select({ ...options, configured: session.config.policy, cwd: session.dir })
      const selection = { ...selected, ...onlyTargets(session, options.targets, selected.partial) }
      return await judgeSession(options, session, selection, events, await starting)
    } finally {
      await session.close()
      await events.close()
    }
  } finally {
    await (await started)?.close()
  }
}

/** What to look at, and on what. */
interface TargetSelection extends Selection {
  readonly targets: readonly SessionTarget[]
}

/** @throws GreengateError USAGE for a target that there is not */
function onlyTargets(
  { targets }: Session,
  asked: readonly string[] | undefined,
  partial: boolean,
): Pick<TargetSelection, 'targets' | 'partial'> {
  if (asked === undefined) return { targets, partial }
  const names = asked.flatMap((part) => part.split(',')).map((part) => part.trim())
  const unknown = names.find((name) => !targets.some((target) => target.id === name))
  if (unknown !== undefined)
    throw new GreengateError('USAGE', `There is no target ${unknown}.`, {
      where: '--target',
      fix: `One of: ${targets.map((target) => target.id).join(', ')}.`,
    })
  return { targets: targets.filter((target) => names.includes(target.id)), partial: true }
}

async function judgeSession(
  options: PerformOptions,
  session: Session,
  selection: TargetSelection,
  events: EventLog,
  signer: Signer,
): Promise<Performed> {
  const startedAtMs = session.clock.nowMs()
  const bundleDir = join(session.stateDir, 'runs', session.runId)
  const store = await createFolderStore(bundleDir)
  const keys = [{ keyid: signer.keyid, pem: signer.publicKeyPem }]
  const history = await readHistory(session.stateDir, session.subject.digest, keys, session.clock.nowMs())
  const meta = {
    subject: session.subject,
    org: '',
    runId: session.runId,
    tool: toolVersion(),
    facts: session.targets.flatMap((target) => target.facts),
    env: session.config.environment,
    trust: options.env['GREENGATE_TRUST'] === 'runner' ? ('runner' as const) : ('local' as const),
  }
  const settled = new Map<string, { digest: string; result: RunResult }>()
  const plan = await makePlan(session, selection)
  events.emit({
    type: 'run-started',
    runId: session.runId,
    service: session.config.service,
    checks: plan.items.length,
  })
  const deployer = createDeployer({ signal: options.signal })
  await run(
    plan,
    {
      loadCheck,
      context: (item, check) => contextOf(session, item, check, options.signal, events, deployer),
      recall: (item, check) =>
        options.fresh
          ? Promise.resolve(null)
          : recallFrom(history, item, check, session.subject, checkDigests().get(item.control) ?? ''),
      async settle(result) {
        const { control, judge } = result.check
        const evidence = toEvidence(
          result.item,
          result.result,
          {
            version: judge.version,
            digest: checkDigests().get(result.item.control) ?? '',
            ...(control.objectFact ? { objectFact: control.objectFact } : {}),
          },
          meta,
        )
        const digest = await store.put(await signer.sign(evidenceStatement(evidence)))
        settled.set(rowKey(result.item.control, result.item.target), { digest, result })
      },
      redactor: () => createRedactor(session.targets.flatMap((target) => target.testbed?.secrets() ?? [])),
      canonicalize,
      emit: (event) => events.emit(event),
      monotonicMs: () => session.clock.monotonicMs(),
      signal: options.signal,
    },
    LIMITS,
  )
  options.signal.throwIfAborted()
  const notes = await unchangedTree(session, options.signal)
  let verified: readonly VerifiedEvidence[] = []
  // It speaks about a tree that was not there all the time: nobody gets it, so that nobody takes it for evidence.
  if (notes.length > 0) await rm(bundleDir, { recursive: true, force: true })
  else {
    events.emit({ type: 'phase', text: 'signing, and verifying what was signed' })
    for (const envelope of await unsettledEnvelopes(history)) await store.put(envelope)
    const origin = `greengate.local/${session.config.service.replaceAll(/[^A-Za-z0-9._-]/g, '-')}`
    await store.seal({
      runId: session.runId,
      subject: session.subject,
      ledger: openLedger(join(session.stateDir, 'ledger'), origin),
      signer,
      keys,
    })
    // The verdict rests on what an outsider would read, not on what is still in memory.
    verified = await readEvidence(bundleDir, keys, session.clock.nowMs() + 1)
  }
  const report = decideAndReport({
    options,
    session,
    selection,
    startedAtMs,
    verified,
    history,
    settled,
    notes,
    trust: meta.trust,
  })
  events.emit({ type: 'run-finished', verdict: report.verdict, durationMs: report.durationMs })
  return { report, bundleDir: notes.length > 0 ? null : bundleDir, defaultOut: join(session.stateDir, 'latest') }
}

async function loadCheck(item: PlanItem): Promise<AnyCheck> {
  const load = CHECKS[item.control]
  invariant(load, `${item.control} is planned, so it has a check`)
  return load()
}

async function makePlan(session: Session, selection: TargetSelection): Promise<Plan> {
  const items = selection.requirements.flatMap((requirement) => {
    const load = CHECKS[requirement.control]
    const scope = CONTROLS.get(requirement.control)?.scope ?? []
    const targets = load ? selection.targets.filter(({ kinds }) => kinds.some((kind) => scope.includes(kind))) : []
    return targets.flatMap((target) => (load ? [planItem(target.id, requirement, load)] : []))
  })
  return {
    schema: 'greengate/plan/v1',
    runId: session.runId,
    service: session.config.service,
    items: orderItems(await Promise.all(items)),
  }
}

async function planItem(target: string, requirement: Requirement, load: () => Promise<AnyCheck>): Promise<PlanItem> {
  const check = await load()
  const params = paramsOf(check.control, requirement)
  try {
    check.judge.parseParams(params)
  } catch (error) {
    throw new GreengateError(
      'POLICY_INVALID',
      `The policy's parameters of ${requirement.control} are not ones that its judge knows: ${error instanceof Error ? error.message : String(error)}`,
      { where: requirement.control, cause: error },
    )
  }
  return { control: requirement.control, target, title: check.control.title, params, needs: check.needs }
}

function contextOf(
  session: Session,
  item: PlanItem,
  check: AnyCheck,
  signal: AbortSignal,
  events: EventLog,
  deployer: CheckContext['deployer'],
): CheckContext {
  const { config, facts, view, testbed } = targetOf(session, item.target)
  return {
    control: item.control,
    target: item.target,
    params: check.judge.parseParams(item.params),
    config,
    facts,
    tree: view,
    testbed,
    ...(deployer ? { deployer } : {}),
    clock: session.clock,
    random: session.random,
    signal,
    progress: (text) => events.emit({ type: 'check-progress', control: item.control, target: item.target, text }),
  }
}

/** What the configuration hides from the checks is said in every report. */
function excludedRemark(session: Session): string[] {
  const all = session.tree.files.length
  return session.targets.flatMap(({ id, config, view }) => {
    const hidden = all - view.files.length
    if (hidden === 0) return []
    const whose = id === session.config.service ? '' : ` of ${id}`
    return [
      `${hidden} of ${all} files belong to something else, says tree.exclude${whose}: ${config.tree.exclude.join(' ')}`,
    ]
  })
}

/** A tree that changed while it was judged is not the tree that the evidence speaks about. */
async function unchangedTree(session: Session, signal: AbortSignal): Promise<string[]> {
  const digest = await digestTree({ dir: session.dir, exclude: [], stateDir: session.stateDir, signal })
  return digest === session.tree.digest ? [] : ['The tree changed while it was judged; run again when it is at rest.']
}

interface Decision {
  readonly options: PerformOptions
  readonly session: Session
  readonly selection: TargetSelection
  readonly startedAtMs: number
  readonly verified: readonly VerifiedEvidence[]
  readonly history: readonly VerifiedEvidence[]
  readonly settled: ReadonlyMap<string, { digest: string; result: RunResult }>
  readonly notes: readonly string[]
  readonly trust: 'local' | 'runner'
}

function decideAndReport(decision: Decision): Report {
  const { session, selection } = decision
  const policy = { ...selection.policy, require: [...selection.requirements] as Requirement[] }
  const compiled = compilePolicy(policy, (control) => CONTROLS.get(control)?.params, digestOf)
  const nowMs = session.clock.nowMs() + 1
  const all = inventoryOf(session.subject, session.config.environment)
  const named = new Set(selection.targets.map((target) => target.id))
  // Of a partial verdict: what nobody asked about has no rows.
  const inventory = selection.partial ? { ...all, targets: all.targets.filter((target) => named.has(target.id)) } : all
  const verdict = decide(
    { ...compiled, digest: digestOf(selection.policy as never) },
    [...decision.history, ...decision.verified],
    inventory,
    session.subject,
    'promote',
    nowMs,
    { partial: selection.partial },
  )
  const reported = new Map<string, Reported>()
  for (const one of decision.verified) {
    // Of an earlier run, handed on.
    if (one.evidence.runId !== session.runId) continue
    const key = rowKey(one.evidence.control, one.evidence.target)
    const settled = decision.settled.get(key)
    if (!settled || settled.digest !== one.digest)
      throw new GreengateError('EVIDENCE_INVALID', `The evidence of ${key} is not the one that was written.`, {
        where: session.stateDir,
      })
    reported.set(key, {
      evidence: one.evidence,
      digest: one.digest,
      cached: settled.result.cached,
      durationMs: settled.result.durationMs,
    })
  }
  const report = buildReport({
    verdict,
    reported,
    service: session.config.service,
    environment: session.config.environment,
    gate: selection.gate,
    subject: session.subject,
    trust: decision.trust,
    startedAtMs: decision.startedAtMs,
    durationMs: Math.round(nowMs - decision.startedAtMs),
    tool: toolVersion(),
    facts: session.targets.flatMap((target) => target.facts),
    hints: session.hints,
    notes: [...decision.notes, ...excludedRemark(session)],
  })
  return decision.notes.length > 0 && report.verdict === 'green' ? { ...report, verdict: 'red' } : report
}
