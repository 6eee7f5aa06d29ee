/**
 * Runs every benchmark, each in a process of its own, one after the other; exits 1 if one misses what was asked for.
 * On a machine that does other things as well, wall times say more about those than about Greengate.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** The full check comes first: its evidence is what `verify.ts` verifies. */
const ALL = ['memory.ts', 'tree.ts', 'recall.ts', 'decide.ts', 'verify.ts', 'runner.ts', 'kit-calls.ts', 'kit/main.ts']

let missed = 0
for (const name of ALL) {
  const run = spawnSync(process.execPath, [join(import.meta.dirname, name)], { stdio: 'inherit' })
  if (run.status !== 0) missed += 1
}
console.log(missed === 0 ? 'Everything held.' : `${missed} of ${ALL.length} benchmarks missed what was asked for.`)
process.exitCode = missed === 0 ? 0 : 1
