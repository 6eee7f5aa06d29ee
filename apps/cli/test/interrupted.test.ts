// Goal: a run that is stopped in the middle decides nothing and leaves nothing; one that is killed is cleared up after.
// Method: the real command line, stopped while its service runs.
import { afterEach, describe, expect, test } from 'vitest'
import { type Call, configOf, expectNoTrace, Project, serviceFiles } from './project.ts'

const projects: Project[] = []
afterEach(() => {
  for (const project of projects.splice(0)) project.remove()
})

/** A run whose service is up. RES-20 waits for time limits, so that there is time to stop it. */
async function underWay(): Promise<{ project: Project; call: Call }> {
  const project = new Project(serviceFiles())
  projects.push(project)
  project.write('greengate.json', configOf(project, { readyTimeoutMs: 20_000 }))
  const call = project.start(['check', '--only', 'RES-20'])
  await expect.poll(() => project.running().length, { timeout: 30_000, interval: 20 }).toBeGreaterThan(0)
  expect(project.leftBehind()).not.toEqual([])
  return { project, call }
}

// On a busy machine three starts of Greengate take longer than one test may by default.
describe('a run in the middle', { timeout: 180_000 }, () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s: cleared up, said, and not green', async (signal) => {
    const { project, call } = await underWay()
    call.kill(signal)
    const ended = await call.done
    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(new RegExp(`^greengate: It was stopped by ${signal}; nothing was decided\\.`, 'm'))
    expectNoTrace(ended)
    expect(project.running()).toEqual([])
    expect(project.leftBehind()).toEqual([])
  })

  test('SIGINT twice: ended at once, with a code that is no verdict, and nothing is left', async () => {
    const { project, call } = await underWay()
    call.kill('SIGINT')
    call.kill('SIGINT')
    const ended = await call.done
    expect(ended.code).not.toBe(0)
    expectNoTrace(ended)
    await project.run(['check', '--only', 'SUP-01'])
    expect(project.running()).toEqual([])
    expect(project.leftBehind()).toEqual([])
  })

  test('SIGKILL: the next start clears up', async () => {
    const { project, call } = await underWay()
    call.kill('SIGKILL')
    expect(await call.done).toMatchObject({ code: null, signal: 'SIGKILL' })
    const next = await project.run(['check', '--only', 'SUP-01'])
    expect(next.code).toBe(1)
    expect(project.running()).toEqual([])
    expect(project.leftBehind()).toEqual([])
  })
})
