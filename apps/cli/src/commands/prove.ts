import { parseArgs } from 'node:util'
import { reap, userStateDir } from '@greengate/bench'
import { CHECKS } from '@greengate/controls/checks'
import { type ControlId, GreengateError } from '@greengate/contracts'
import { canonicalize } from '@greengate/evidence'
import { createBeds, proveCheck, type ProofRow } from '@greengate/runner'
import type { Command } from '../command.ts'
import { createDeployer } from '../deployer.ts'

/** Checks that are proved at once: most of the time they wait for the sentinel. */
const AT_ONCE = 3

export const prove: Command = {
  name: 'prove',
  summary: 'plays every refutation and positive control: shows that the checks can fail',
  usage: `Usage: greengate prove [--only IDS] [--json]

For every check: the clean case must pass, every refutation of it must be caught by the judge, and the real observer must
find every planted defect.`,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: { only: { type: 'string', multiple: true }, json: { type: 'boolean' } },
    })
    const words = (values.only ?? []).flatMap((word) => word.split(',')).map((word) => word.toUpperCase())
    const ids = (Object.keys(CHECKS) as ControlId[]).filter(
      (id) => words.length === 0 || words.some((word) => id === word || id.startsWith(`${word}-`)),
    )
    if (ids.length === 0) throw new GreengateError('CONTROL_UNKNOWN', `There is no check for ${words.join(', ')}.`)
    // Always the same folder, so that the next start clears up after one that was killed.
    const stateDir = userStateDir(io.env)
    reap(stateDir)
    const beds = createBeds({ stateDir, deployer: createDeployer({ signal: io.signal, stateDir }) })
    const rows: ProofRow[] = []
    try {
      const queue = [...ids]
      const lane = async (): Promise<void> => {
        for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
          const check = await CHECKS[id]?.()
          if (!check || io.signal.aborted) return
          const found = await proveCheck(check, {
            openBed: (one) => beds.open(one),
            canonicalize,
            monotonicMs: () => performance.now(),
          })
          rows.push(...found)
          if (!values.json) printCheck(id, found, io)
        }
      }
      await Promise.all(Array.from({ length: AT_ONCE }, lane))
    } finally {
      await beds.close()
    }
    io.signal.throwIfAborted()
    const held = rows.filter((row) => row.held).length
    if (values.json) io.stdout.write(`${JSON.stringify({ rows, held, total: rows.length }, null, 2)}\n`)
    else
      io.stdout.write(
        `\n${ids.length} checks, ${countOf(rows, 'refutation')} refutations, ${countOf(rows, 'positive')} positive controls: ${held} of ${rows.length} hold.\n`,
      )
    return held === rows.length && rows.length > 0 ? 0 : 1
  },
}

function printCheck(id: string, rows: readonly ProofRow[], io: Parameters<Command['run']>[1]): void {
  const bad = rows.filter((row) => !row.held)
  const seconds = (rows.reduce((sum, row) => sum + row.durationMs, 0) / 1000).toFixed(1)
  io.stdout.write(
    `${bad.length === 0 ? 'holds ' : 'BROKEN'}  ${id}  ${countOf(rows, 'refutation')} refutations, ${countOf(rows, 'positive')} positive controls, ${seconds} s\n`,
  )
  for (const row of bad) io.stdout.write(`        ${row.kind} ${row.id}: ${row.detail}\n`)
}

const countOf = (rows: readonly ProofRow[], kind: ProofRow['kind']): number =>
  rows.filter((row) => row.kind === kind).length
