import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judge, type Observation } from './judge.ts'
import { check } from './observe.ts'

describeCheck(check)

const PARAMS = judge.parseParams({ ...check.control.params })
const silent = (sent: number, dropped = 0): Observation => ({
  ...judge.parse({
    lines: { total: 1, json: 1, stdout: 1, stdoutJson: 1, dropped },
    otherLines: [],
    sent,
    kinds: [],
    unlinked: { lines: 0, withActor: 0 },
    records: [],
  }),
})

// Goal: silence is never a pass, and a defect where requests were answered and nobody wrote it down.
describe('OBS-01 of a service that writes next to nothing', () => {
  it('fails where requests were answered', () => {
    const { aspects } = judge.judge(silent(60), PARAMS)
    expect(aspects.fields).toEqual({ outcome: 'fail', code: 'no-request-record' })
    expect(aspects.json).toEqual({ outcome: 'inconclusive', code: 'no-lines' })
  })

  it.each([
    ['no request was answered', silent(0)],
    ['lines were dropped', silent(60, 10)],
  ])('decides nothing where %s', (_name, observation) => {
    expect(Object.values(judge.judge(observation, PARAMS).aspects).map(({ outcome }) => outcome)).toEqual(
      Array(4).fill('inconclusive'),
    )
  })
})

const KEYS = ['event', 'level', 'time', 'service', 'correlation_id', 'duration_ms', 'actor']
type Kind = Observation['kinds'][number]['kind']

/** Fifteen requests of each kind that were answered, and as many of them in the log as are said. */
function logged(recorded: Partial<Record<Kind, number>>, change: Partial<Observation> = {}): Observation {
  const all = { read: 15, identified: 15, probe: 0, unknown: 15, broken: 15, ...recorded }
  const kinds = (['read', 'identified', 'probe', 'unknown', 'broken'] as const).map((kind) => ({
    kind,
    answered: kind === 'probe' ? 0 : 15,
    recorded: all[kind],
  }))
  return {
    lines: { total: 80, json: 80, stdout: 80, stdoutJson: 80, dropped: 0 },
    otherLines: [],
    sent: 60,
    kinds,
    unlinked: { lines: 0, withActor: 0 },
    records: kinds.flatMap(({ kind, recorded: count }) =>
      Array.from({ length: count }, () => ({
        foundBy: 'id' as const,
        identified: kind === 'identified',
        stream: 'stdout' as const,
        keys: KEYS,
      })),
    ),
    ...change,
  }
}

function codes(observation: Observation): string[] {
  const { fields, actor } = judge.judge(judge.parse(structuredClone(observation)), PARAMS).aspects
  return [fields, actor].map(({ outcome, code }) => `${outcome} ${code}`)
}

// Goal: one record for each request that a route served, and nothing asked of what never got to a route.
describe('OBS-01 of requests without a record', () => {
  it.each([
    ['only failures are logged', { read: 0, identified: 0 }],
    ['some reads are left out', { read: 5 }],
    ['one read is left out', { read: 14 }],
  ])('fails where %s', (_name, recorded) => {
    expect(codes(logged(recorded))[0]).toBe('fail no-request-record')
  })

  it('does not take a lost record of an identity for a service without identities', () => {
    expect(codes(logged({ identified: 0 }))[1]).toBe('fail no-request-record')
    const kinds = logged({}).kinds.map((entry) => (entry.kind === 'identified' ? { ...entry, answered: 0 } : entry))
    expect(codes(logged({ identified: 0 }, { kinds }))[1]).toBe('not_applicable no-identities')
  })

  it.each([
    ['everything is logged', {}, {}],
    ['unknown paths are left out', { unknown: 0 }, {}],
    ['bodies that can not be read are left out', { broken: 0 }, {}],
    ['lines were dropped', { read: 10 }, { lines: { ...logged({}).lines, dropped: 5 } }],
    ['as many records carry an id of their own', { read: 0 }, { unlinked: { lines: 15, withActor: 0 } }],
  ])('passes where %s', (_name, recorded, change) => {
    expect(codes(logged(recorded, change))).toEqual(['pass ok', 'pass ok'])
  })

  it('asks a service with ids of its own for as many actors as there were identities', () => {
    const own = (withActor: number): string[] =>
      codes(logged({ read: 0, identified: 0 }, { unlinked: { lines: 30, withActor } }))
    expect(own(15)).toEqual(['pass ok', 'pass ok'])
    expect(own(0)).toEqual(['pass ok', 'inconclusive records-not-linked'])
  })
})
