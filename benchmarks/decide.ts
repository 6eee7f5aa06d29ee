/**
 * Deciding 10,000 services by 224 controls on one core; signatures were verified before. Beside it, the simplest thing
 * that could be called a decision: every one of the same objects looked at once. Asked for: under 1 s.
 *
 * One thread decides; what counts is the CPU time of the whole process, collector included, which other work on the
 * machine does not stretch as it does wall time. Wall time stands beside it.
 */
import { CATALOGUE } from '@greengate/controls/catalogue'
import type { Inventory, Json, Policy, VerifiedEvidence } from '@greengate/contracts'
import { digestOf } from '@greengate/evidence'
import { compilePolicy, decide } from '@greengate/gate'
import { buildEvidence } from '../packages/evidence/src/testing.ts'
import { aside, report, timed } from './measure.ts'

const SERVICES = 10_000
const nowMs = Date.now()
const at = new Date(nowMs - 60_000).toISOString()
const check = digestOf('check')
const policy: Policy = {
  schema: 'greengate/policy/v1',
  id: 'everything',
  version: 1,
  prev: '',
  expires: '2100-01-01T00:00:00.000Z',
  approvers: [],
  threshold: 2,
  runners: [],
  anchored: false,
  require: CATALOGUE.map((control) => ({ control: control.id, params: {}, envs: [], trust: 'local' })),
}
const compiled = compilePolicy(policy, () => ({}), digestOf)
const paramsDigest = digestOf({} as Json)
// Evidence of one service; the others differ in name, which is where a decision looks first.
const base = buildEvidence()
const subject = { ...base.subject, name: 'service' }
const evidenceOf = (service: string): readonly VerifiedEvidence[] =>
  CATALOGUE.map((control) => ({
    evidence: {
      ...base,
      control: control.id,
      target: service,
      subject: { ...subject, name: service },
      check: { version: 1, digest: check },
      from: at,
      to: at,
    },
    digest: check,
    keyid: 'key',
    trust: 'local',
    paramsDigest,
    toMs: nowMs - 60_000,
    anchored: false,
  }))
const POOL = 50
const pool = Array.from({ length: POOL }, (_, index) => ({
  name: `service-${index}`,
  evidence: evidenceOf(`service-${index}`),
}))
const controls = new Map(
  CATALOGUE.map((control) => [
    control.id as string,
    {
      id: control.id,
      scope: ['component'] as const,
      binds: control.binds.filter((bind) => bind === 'tree' || bind === 'config'),
      maxAgeS: control.maxAgeS,
      checkDigest: check,
    },
  ]),
)
const inventoryOf = (name: string): Inventory => ({
  targets: [{ id: name, kind: 'component', source: 'configured' }],
  controls,
  catalogue: CATALOGUE.length,
  served: new Set(),
})

let green = 0
const decided = await timed(5, () => {
  green = 0
  for (let index = 0; index < SERVICES; index++) {
    const service = pool[index % POOL]
    if (!service) continue
    const verdict = decide(
      compiled,
      service.evidence,
      inventoryOf(service.name),
      { ...subject, name: service.name },
      'promote',
      nowMs,
    )
    if (verdict.result === 'green') green += 1
  }
})
let passes = 0
const touched = await timed(5, () => {
  passes = 0
  for (let index = 0; index < SERVICES; index++)
    for (const one of pool[index % POOL]?.evidence ?? []) if (one.evidence.outcome === 'pass') passes += 1
})
if (green !== SERVICES || passes !== SERVICES * CATALOGUE.length)
  throw new Error(`expected ${SERVICES} green services, saw ${green}`)
report(
  `deciding ${SERVICES} services by ${CATALOGUE.length} controls, CPU`,
  decided.cpu,
  1000,
  'ms',
  `${aside('wall', decided.wall)}; ${(decided.cpu.median / touched.cpu.median).toFixed(1)} times looking at the same objects once`,
)
