/**
 * Verifying a bundle of 224 statements from disk: every signature, the ledger and its root, and every stored observation
 * judged again with its refutations. The observations are those of this project's newest run with all their different
 * judges, repeated under other targets until there are 224; without a run, those of one check. Asked for: under 0.5 s, in a
 * process that is warm; held to the same is `greengate verify` as a process of its own, its start and the loading of
 * forty judges included.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CONTROLS } from '@greengate/controls/catalogue'
import { JUDGES } from '@greengate/controls/judges'
import { type AnyJudge, type Evidence, invariant } from '@greengate/contracts'
import { verifyBundle } from '@greengate/evidence/verify'
import { openEnvelope, parseEvidence, strictParse } from '@greengate/evidence'
import { buildBundle, buildEvidence, createTestKey, trustKeys } from '../packages/evidence/src/testing.ts'
import { greengate, ROOT, temporaryFolder } from './cli.ts'
import { aside, report, spreadOf, timed } from './measure.ts'

const STATEMENTS = 224
const RUNS = join(ROOT, '.greengate/runs')

const lookUp = async (control: string): Promise<AnyJudge | null> =>
  CONTROLS.has(control) ? ((await JUDGES[control as keyof typeof JUDGES]?.()) ?? null) : null

/** Evidence with an observation, of the run with most of it; what an older check judged is left out. */
async function seen(): Promise<readonly Evidence[]> {
  let best: readonly Evidence[] = []
  for (const run of readdirSync(RUNS).sort().slice(-10)) {
    const folder = join(RUNS, run, 'envelopes')
    const all = readdirSync(folder).map((name) =>
      parseEvidence(strictParse(openEnvelope(readFileSync(join(folder, name))).payload)),
    )
    const judged: Evidence[] = []
    for (const one of all) {
      const judge = await lookUp(one.control)
      if (one.observation === null || judge?.version !== one.check.version) continue
      const key = createTestKey()
      const alone = await verifyBundle({
        bundle: buildBundle(key, [one]),
        trustRoot: trustKeys([key]),
        judges: lookUp,
        nowMs: Date.now(),
      })
      if (alone.ok) judged.push(one)
    }
    if (judged.length > best.length) best = judged
  }
  return best
}

const answers = Array.from({ length: 6 }, (_, index) => ({
  path: `/api/<unknown>-${index}`,
  accept: '*/*',
  status: 404,
  error: '',
}))
const oneCheck = buildEvidence({
  observation: { known: { path: '/health', status: 200 }, unknown: answers },
  judgement: { aspects: { 'unknown-path': { outcome: 'pass', code: 'ok' } }, findings: [] },
})
const found = await seen().catch(() => [])
const sources = found.length > 0 ? found : [oneCheck]
const evidence = Array.from({ length: STATEMENTS }, (_, index) => {
  const source = sources[index % sources.length]
  invariant(source, 'there is a source')
  return index < sources.length ? source : { ...source, runId: `${source.runId}-${Math.floor(index / sources.length)}` }
})
const key = createTestKey()
const folder = temporaryFolder()
const dir = join(folder, 'bundle')
for (const [path, bytes] of buildBundle(key, evidence)) {
  mkdirSync(dirname(join(dir, path)), { recursive: true })
  writeFileSync(join(dir, path), bytes)
}
const keyFile = join(folder, 'key.pem')
writeFileSync(keyFile, key.publicKey.pem)

const nowMs = Date.now()
const warm = await timed(9, async () => {
  const result = await verifyBundle({ bundle: dir, trustRoot: trustKeys([key]), judges: lookUp, nowMs })
  const problem = result.problems[0]
  invariant(result.verified.length === STATEMENTS, `all verify: ${problem?.where} ${problem?.message}`)
})
const kinds = new Set(evidence.map((one) => one.control)).size
report(
  `verifying and judging again ${STATEMENTS} statements of ${kinds} checks, warm`,
  warm.wall,
  500,
  'ms',
  aside('CPU', warm.cpu),
)

const cold: number[] = []
const coldCpu: number[] = []
for (let round = 0; round <= 5; round++) {
  const run = await greengate(['verify', dir, '--key', keyFile], { cwd: folder, keyFile: join(folder, 'none.pem') })
  invariant(run.exit === 0, `greengate verify says: ${run.stderr}`)
  if (round === 0) continue
  cold.push(run.wallMs)
  coldCpu.push(run.cpuMs)
}
report(
  'greengate verify of the same, from process start to end',
  spreadOf(cold),
  500,
  'ms',
  aside('CPU', spreadOf(coldCpu)),
)
