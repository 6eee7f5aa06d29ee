/**
 * How well the tree part uses the machine: all checks that read the tree alone run on this repository, as in
 * `greengate check`, and the time that takes is compared with what no order of work can beat: the slowest single tool, or
 * the CPU time of all tools over the cores, whichever is larger. The secret scan runs inside this process; its CPU
 * counts as a tool's. Asked for: at most 1.15 times that.
 */
import { availableParallelism } from 'node:os'
import { CHECKS } from '@greengate/controls/checks'
import { CONTROLS } from '@greengate/controls/catalogue'
import { type CheckContext, invariant } from '@greengate/contracts'
import { canonicalize } from '@greengate/evidence'
import { createRedactor, orderItems, type PlanItem, run } from '@greengate/runner'
import { openSession, targetOf } from '../apps/cli/src/check/session.ts'
import { ROOT } from './cli.ts'
import { report, spreadOf } from './measure.ts'

const ROUNDS = 3
const TREE = ['SCR-01', 'SUP-01', 'SUP-02', 'SUP-05', 'QLT-01', 'QLT-02', 'QLT-03', 'QLT-04'] as const

const ratios: number[] = []
let last = ''
for (let round = 0; round < ROUNDS; round++) {
  const signal = new AbortController().signal
  const session = await openSession({ cwd: ROOT, signal, onPhase: () => undefined })
  try {
    const { config, clock, random } = session
    const { facts, view } = targetOf(session, config.service)
    const checks = await Promise.all(TREE.map(async (id) => [id, await CHECKS[id]?.()] as const))
    const byId = new Map(checks.flatMap(([id, check]) => (check ? [[id as string, check] as const] : [])))
    const items = [...byId].map(([id, check]): PlanItem => {
      const params = (CONTROLS.get(id)?.params ?? {}) as PlanItem['params']
      return { control: check.control.id, target: config.service, title: id, params, needs: check.needs }
    })
    const startedMs = performance.now()
    const before = process.cpuUsage()
    await run(
      { schema: 'greengate/plan/v1', runId: session.runId, service: config.service, items: orderItems(items) },
      {
        loadCheck: (item) => {
          const check = byId.get(item.control)
          invariant(check, 'each item has its check')
          return Promise.resolve(check)
        },
        context: (item): CheckContext => ({
          control: item.control, target: item.target, params: item.params, config, facts, tree: view, testbed: null,
          clock, random, signal, progress: () => undefined,
        }), // prettier-ignore
        recall: () => Promise.resolve(null),
        settle: () => Promise.resolve(),
        redactor: () => createRedactor([]),
        canonicalize,
        emit: () => undefined,
        monotonicMs: () => clock.monotonicMs(),
        signal,
      },
      { treeAtOnce: 4, serviceAtOnce: 1 },
    )
    const tookMs = performance.now() - startedMs
    const used = process.cpuUsage(before)
    const ownCpuMs = (used.user + used.system) / 1000
    const slowest = session.tree.toolRuns.reduce((a, b) => (b.durationMs > a.durationMs ? b : a))
    const cpuMs = session.tree.toolRuns.reduce((sum, tool) => sum + tool.cpuMs, ownCpuMs)
    const boundMs = Math.max(slowest.durationMs, cpuMs / availableParallelism())
    ratios.push(tookMs / boundMs)
    last = `last round ${(tookMs / 1000).toFixed(1)} s; slowest of ${session.tree.toolRuns.length} tools ${slowest.argv.slice(0, 4).join(' ')} ${(slowest.durationMs / 1000).toFixed(1)} s; CPU ${(cpuMs / 1000).toFixed(1)} s on ${availableParallelism()} cores, ${(ownCpuMs / 1000).toFixed(1)} s of it here`
  } finally {
    await session.close()
  }
}
report('the tree part against what its tools need at least', spreadOf(ratios), 1.15, 'times', last)
