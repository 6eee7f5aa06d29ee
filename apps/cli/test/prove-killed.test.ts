// Goal: `prove` that is killed leaves nothing for good: its next start ends and removes what was left.
// Method: the real command line, killed while a planted service runs.
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Project } from './project.ts'

const projects: Project[] = []
afterEach(() => {
  for (const project of projects.splice(0)) project.remove()
})

interface Noted {
  readonly processes: readonly { readonly pid: number; readonly startTicks: number; readonly what: string }[]
}

/** What the state folder of the project's own home says is there. */
function noted(project: Project): Noted['processes'] {
  const runs = join(project.root, '.local/state/greengate/runs')
  if (!existsSync(runs)) return []
  const files = readdirSync(runs).filter((name) => name.endsWith('.json'))
  return files.flatMap((name) => (JSON.parse(readFileSync(join(runs, name), 'utf8')) as Noted).processes)
}

function isAlive({ pid, startTicks }: Noted['processes'][number]): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] !== 'Z' && Number(fields[19]) === startTicks
}

// On a busy machine two starts of Greengate take longer than one test may by default.
test('SIGKILL of prove: the next start clears up', { timeout: 180_000 }, async () => {
  const project = new Project({ 'package.json': '{"name":"shop"}\n' })
  projects.push(project)
  // The database of the sandbox has a user of its own, who has to pass through.
  for (const folder of [project.root, project.temporary]) chmodSync(folder, 0o711)
  const call = project.start(['prove', '--only', 'RES-20'])
  const service = (): Noted['processes'] => noted(project).filter(({ what }) => what.includes('main.ts'))
  await expect.poll(() => service().length, { timeout: 80_000, interval: 20 }).toBeGreaterThan(0)
  const left = noted(project)
  call.kill('SIGKILL')
  await call.done
  expect(project.leftBehind()).not.toEqual([])
  expect(left.filter((one) => isAlive(one))).not.toEqual([])
  expect(await project.run(['prove', '--only', 'QLT-04'])).toMatchObject({ code: 0 })
  expect(left.filter((one) => isAlive(one))).toEqual([])
  expect(project.leftBehind()).toEqual([])
  expect(noted(project)).toEqual([])
})
