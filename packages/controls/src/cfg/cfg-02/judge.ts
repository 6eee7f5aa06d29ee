import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const differenceSchema = z.strictObject({
  name: z.string(),
  kind: z.enum(['different', 'missing', 'extraneous', 'other-content']),
  locked: z.string(),
  installed: z.string(),
})
const observationSchema = z.strictObject({
  /** Where versions of the runtime are written; `digest`: pinned by the digest of an image. */
  pins: z.array(
    z.strictObject({ runtime: z.enum(['node', 'python']), where: z.string(), value: z.string(), digest: z.boolean() }),
  ),
  /** Runtimes the tree needs, and what `--version` said, as the start command finds it; empty: it did not run. */
  runtimes: z.array(z.strictObject({ runtime: z.enum(['node', 'python']), command: z.string(), version: z.string() })),
  installed: z.array(
    z.strictObject({
      lock: z.string(),
      /** Why it could not be compared; empty: it was. */
      reason: z.string(),
      compared: z.int().min(0),
      differences: z.array(differenceSchema),
    }),
  ),
})
export type Observation = z.infer<typeof observationSchema>
export type Difference = z.infer<typeof differenceSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['pinned', 'agreeing', 'running', 'installed'] as const
type Aspect = (typeof ASPECTS)[number]

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts(ASPECTS)
    for (const runtime of observation.runtimes) judgeRuntime(observation, runtime, verdicts)
    for (const entry of observation.installed) judgeInstalled(entry, verdicts)
    return verdicts.done()
  },
  refutations: [
    { id: 'no-pin', breaks: 'pinned', code: 'runtime-not-pinned', apply: (o) => (o.runtimes.length > 0 ? { ...o, pins: [] } : null) },
    { id: 'range', breaks: 'pinned', code: 'runtime-not-pinned', apply: (o) => (o.runtimes.length > 0 ? { ...o, pins: o.pins.map((pin) => ({ ...pin, value: '>=18', digest: false })) } : null) },
    { id: 'two-versions', breaks: 'agreeing', code: 'pins-disagree', apply: (o) => (o.pins[0] ? { ...o, pins: [...o.pins, { ...o.pins[0], where: 'Dockerfile:1', value: '1.2.3' }] } : null) },
    { id: 'other-runtime', breaks: 'running', code: 'runtime-differs', apply: (o) => (o.runtimes[0] ? { ...o, runtimes: o.runtimes.with(0, { ...o.runtimes[0], version: '1.2.3' }) } : null) },
    { id: 'version-unknown', breaks: 'running', code: 'runtime-unknown', apply: (o) => (o.runtimes[0] ? { ...o, runtimes: o.runtimes.with(0, { ...o.runtimes[0], version: '' }) } : null) },
    { id: 'other-package', breaks: 'installed', code: 'installed-differs', apply: (o) => (o.installed[0] ? { ...o, installed: o.installed.with(0, { ...o.installed[0], differences: [{ name: 'demo', kind: 'different', locked: '1.0.0', installed: '1.0.1' }] }) } : null) },
    { id: 'nothing-compared', breaks: 'installed', code: 'installed-unknown', apply: (o) => (o.installed[0] ? { ...o, installed: o.installed.with(0, { ...o.installed[0], compared: 0, differences: [] }) } : null) },
  ], // prettier-ignore
})

const EXACT = /^\d+\.\d+\.\d+$/

function judgeRuntime(
  observation: Observation,
  runtime: Observation['runtimes'][number],
  verdicts: Verdicts<Aspect>,
): void {
  const pins = observation.pins.filter((pin) => pin.runtime === runtime.runtime)
  const exact = pins.filter((pin) => EXACT.test(pin.value))
  const [first] = exact
  const seen = pins.map((pin) => `${pin.where}: ${pin.value}`).join(', ') || 'nothing'
  if (!first) {
    if (pins.some((pin) => pin.digest)) verdicts.pass('pinned')
    else
      verdicts.fail('pinned', {
        code: 'runtime-not-pinned',
        message: `No file pins ${runtime.runtime} to one version.`,
        where: pins[0]?.where ?? (runtime.runtime === 'node' ? '.nvmrc' : '.python-version'),
        expected: 'an exact version, such as 24.21.0',
        observed: seen,
        fix: 'Write the exact version into .nvmrc, .node-version or .python-version.',
      })
    verdicts.inconclusive('running', {
      code: 'runtime-unknown',
      message: `Without an exact pin it can't be told whether ${runtime.runtime} ${runtime.version} is the right one.`,
      where: runtime.command,
      expected: 'an exact pin',
      observed: runtime.version || 'no answer',
      fix: 'Pin the runtime to an exact version.',
    })
    if (pins.length > 0) verdicts.pass('agreeing')
    return
  }
  verdicts.pass('pinned').pass('agreeing').pass('running')
  for (const pin of pins) {
    if (agrees(pin.value, first.value)) continue
    verdicts.fail('agreeing', {
      code: 'pins-disagree',
      message: `${pin.where} says ${pin.value}, ${first.where} says ${first.value}.`,
      where: pin.where,
      expected: first.value,
      observed: pin.value,
      fix: 'Let all of them name the same version.',
    })
  }
  if (runtime.version === '') {
    verdicts.inconclusive('running', {
      code: 'runtime-unknown',
      message: `\`${runtime.command}\` gave no version.`,
      where: runtime.command,
      expected: first.value,
      observed: 'no answer',
      fix: 'Install the pinned runtime.',
    })
  } else if (!exact.some((pin) => pin.value === runtime.version)) {
    verdicts.fail('running', {
      code: 'runtime-differs',
      message: `The service would start with ${runtime.runtime} ${runtime.version}, and ${first.value} is pinned.`,
      where: runtime.command,
      expected: first.value,
      observed: runtime.version,
      fix: 'Start it with the pinned runtime.',
    })
  }
}

/** `24` and `24.21` agree with 24.21.0; ranges are no pins and contradict only where they name another major. */
function agrees(value: string, exact: string): boolean {
  if (/^\d+(\.\d+){0,2}$/.test(value)) return exact === value || exact.startsWith(`${value}.`)
  const caret = /^[\^~]\s*(\d+)/.exec(value)
  return caret ? caret[1] === exact.split('.')[0] : true
}

function judgeInstalled(entry: Observation['installed'][number], verdicts: Verdicts<Aspect>): void {
  for (const { name, kind, locked, installed } of entry.differences) {
    verdicts.fail('installed', {
      code: 'installed-differs',
      message: `${name} is ${kind}: locked ${locked || 'nothing'}, installed ${installed || 'nothing'}.`,
      where: `${entry.lock} ${name}`,
      expected: locked || 'not installed',
      observed: installed || 'not installed',
      fix: 'Install again from the lock alone.',
    })
  }
  if (entry.reason !== '' || (entry.compared === 0 && entry.differences.length === 0)) {
    verdicts.inconclusive('installed', {
      code: 'installed-unknown',
      message: `What is installed could not be compared with ${entry.lock || 'a lock'}.`,
      where: entry.lock,
      expected: 'installed packages that were compared',
      observed: entry.reason || '0 packages',
      fix: 'Install from the lock, then run again.',
    })
  } else verdicts.pass('installed')
}
