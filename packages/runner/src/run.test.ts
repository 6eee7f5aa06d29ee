import type { AnyCheck, Needs } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import type { Plan, PlanItem } from './plan.ts'
import type { CheckResult } from './run-check.ts'
import { run } from './run.ts'

const RESULT: CheckResult = {
  outcome: 'pass',
  reason: '',
  observation: null,
  judgement: { aspects: {}, findings: [] },
  refutations: { tried: 0, caught: 0, missed: [] },
  exercised: {},
  fromMs: 0,
  toMs: 0,
}

function item(control: string, needs: Partial<Needs>): PlanItem {
  return {
    control: control as PlanItem['control'],
    target: 'a',
    title: control,
    params: {},
    needs: { capabilities: ['boot'], effect: 'read', quiet: false, timeoutMs: 1000, ...needs },
  }
}

/** Runs the items, each as long as its number of ticks, and says what ran beside what. */
async function beside(items: readonly PlanItem[], ticks: Readonly<Record<string, number>>): Promise<Set<string>> {
  const running = new Set<string>()
  const pairs = new Set<string>()
  const plan: Plan = { schema: 'greengate/plan/v1', runId: 'run', service: 'a', items }
  await run(
    plan,
    {
      loadCheck: () => Promise.resolve({} as AnyCheck),
      context: () => {
        throw new Error('nothing is observed here')
      },
      // Observations of earlier runs stand in for checks that take their time.
      recall: async ({ control }) => {
        for (const other of running) pairs.add([control, other].toSorted().join(' '))
        running.add(control)
        for (let tick = 0; tick < (ticks[control] ?? 1); tick++) await new Promise((done) => setImmediate(done))
        running.delete(control)
        return RESULT
      },
      settle: () => Promise.resolve(),
      redactor: () => {
        throw new Error('nothing is redacted here')
      },
      canonicalize: JSON.stringify,
      emit: () => undefined,
      monotonicMs: () => 0,
      signal: new AbortController().signal,
    },
    { treeAtOnce: 2, serviceAtOnce: 2 },
  )
  return pairs
}

describe('run', () => {
  it('runs a quiet check beside no other but one that only waits', async () => {
    const pairs = await beside(
      [
        item('LOUD-1', {}),
        item('LOUD-2', {}),
        item('WAIT-1', { waits: true }),
        item('QUIET-1', { quiet: true }),
        item('QUIET-2', { quiet: true }),
      ],
      { 'LOUD-1': 5, 'LOUD-2': 5, 'WAIT-1': 100, 'QUIET-1': 5, 'QUIET-2': 5 },
    )
    expect([...pairs].toSorted()).toEqual([
      'LOUD-1 LOUD-2',
      'LOUD-1 WAIT-1',
      'LOUD-2 WAIT-1',
      'QUIET-1 WAIT-1',
      'QUIET-2 WAIT-1',
    ])
  })
})
