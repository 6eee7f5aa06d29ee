/**
 * What the runner adds to a check: forty checks that observe nothing but a constant go through `run()` as in
 * `greengate check`, with judging, refuting, redacting, canonicalising, the signing process and the store on disk. All of the
 * time over forty is the runner's. Beside it the same forty observations judged once, which is the work asked for. Asked for:
 * under 5 ms a check.
 */
import { join } from 'node:path'
import { createRandom, createSystemClock } from '@greengate/bench'
import { CATALOGUE } from '@greengate/controls/catalogue'
import { judge } from '@greengate/controls/obs-21-judge'
import { type AnyCheck, type CheckContext, defineCheck, invariant, serviceConfigSchema } from '@greengate/contracts'
import { canonicalize, createFolderStore, evidenceStatement } from '@greengate/evidence'
import { startSigner } from '@greengate/evidence/sign'
import { createRedactor, type PlanItem, run, toEvidence } from '@greengate/runner'
import { buildEvidence } from '../packages/evidence/src/testing.ts'
import { temporaryFolder } from './cli.ts'
import { report, spreadOf, timed } from './measure.ts'

const CHECKS = 40
const answers = Array.from({ length: 6 }, (_, index) => ({
  path: `/api/<unknown>-${index}`,
  accept: '*/*',
  status: 404,
  error: '',
}))
const observation = { known: { path: '/health', status: 200 }, unknown: answers }
const needs = { capabilities: [], effect: 'read', quiet: false, timeoutMs: 10_000 } as const
const controls = CATALOGUE.slice(0, CHECKS)
const checks = new Map<string, AnyCheck>(
  controls.map((control) => [
    control.id,
    defineCheck({
      control: { ...control, objectFact: undefined } as never,
      judge,
      needs,
      observe: () => Promise.resolve({ data: observation, exercised: { requests: answers.length } }),
      clean: (bed) => bed.service([]),
      positiveControls: [
        { id: 'none', breaks: 'unknown-path', code: 'unknown-path-answered', arrange: (bed) => bed.service([]) },
      ],
    }) as unknown as AnyCheck,
  ]),
)
const items = controls.map((control): PlanItem => ({
  control: control.id,
  target: 'service',
  title: control.title,
  params: {},
  needs,
}))
const folder = temporaryFolder()
const signer = await startSigner({ keyFile: join(folder, 'key.pem'), createIfMissing: true })
const clock = createSystemClock()
const random = createRandom()
const config = serviceConfigSchema.parse({ service: 'service' })
const signal = new AbortController().signal
const base = buildEvidence()
const loadCheck = (item: PlanItem): Promise<AnyCheck> => {
  const check = checks.get(item.control)
  invariant(check, 'each item has its check')
  return Promise.resolve(check)
}

let round = 0
async function runAll(): Promise<void> {
  const runId = `run-${round++}`
  const store = await createFolderStore(join(folder, runId))
  let passed = 0
  await run(
    { schema: 'greengate/plan/v1', runId, service: 'service', items },
    {
      loadCheck,
      context: (item): CheckContext => ({
        control: item.control, target: item.target, params: {}, config, facts: [], tree: null, testbed: null, clock, random, signal,
        progress: () => undefined,
      }), // prettier-ignore
      recall: () => Promise.resolve(null),
      async settle({ item, result }) {
        if (result.outcome === 'pass') passed += 1
        const meta = {
          subject: base.subject,
          org: '',
          runId,
          tool: '0.1.0',
          facts: [],
          env: 'sandbox',
          trust: 'local' as const,
        }
        const check = { version: judge.version, digest: base.check.digest }
        await store.put(await signer.sign(evidenceStatement(toEvidence(item, result, check, meta))))
      },
      redactor: () => createRedactor(['a-minted-secret-that-nothing-holds']),
      canonicalize,
      emit: () => undefined,
      monotonicMs: () => clock.monotonicMs(),
      signal,
    },
    { treeAtOnce: 4, serviceAtOnce: 3 },
  )
  invariant(passed === CHECKS, `all ${CHECKS} pass, ${passed} did`)
}

try {
  const all = await timed(9, runAll)
  const bare = await timed(9, () => {
    for (let index = 0; index < CHECKS; index++) judge.judge(judge.parse(observation), {})
  })
  const each = (spread: typeof all.wall) =>
    spreadOf([spread.min, spread.median, spread.max].map((value) => value / CHECKS))
  const note = `${(all.cpu.median / CHECKS).toFixed(2)} ms of it CPU of this process; judging alone ${(bare.wall.median / CHECKS).toFixed(3)} ms`
  report(
    `the runner's own time a check, ${CHECKS} checks with signing and store`,
    { ...each(all.wall), rounds: all.wall.rounds },
    5,
    'ms',
    note,
  )
} finally {
  await signer.close()
}
