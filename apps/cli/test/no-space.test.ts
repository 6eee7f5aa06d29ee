// Goal: with no space for evidence nothing is decided: one clear message, exit code 3, and nothing left behind.
// Method: a real limit on file sizes, and a real full disk where one may be mounted.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { expectNoTrace, Project } from './project.ts'

const projects: Project[] = []
const mounts: string[] = []
afterEach(() => {
  for (const mount of mounts.splice(0)) execFileSync('umount', [mount])
  for (const project of projects.splice(0)) project.remove()
})

function smallProject(): Project {
  const project = new Project({ 'package.json': '{"name":"shop"}\n', '.gitignore': '.greengate\n' })
  projects.push(project)
  return project
}

/** A disk of 1 MB in the place of `.greengate`, with so much left. False where mounting is not allowed. */
function mountSmall(project: Project, leftBytes: number): boolean {
  const dir = join(project.dir, '.greengate')
  mkdirSync(dir)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', dir]).status !== 0) return false
  mounts.push(dir)
  // What the run has to create before it writes evidence is there already, as after earlier runs.
  const free = statfsSync(dir)
  writeFileSync(join(dir, 'filler'), Buffer.alloc(Number(free.bavail) * Number(free.bsize) - leftBytes))
  return true
}

describe('no space', () => {
  test('a limit on file sizes that evidence does not fit into', async () => {
    const project = smallProject()
    const ended = await project.run(['check', '--only', 'SCR-01,SUP-01'], { prefix: ['prlimit', '--fsize=1500', '--'] })
    expect(ended.code).toBe(3)
    expect(ended.stderr.match(/^greengate: /gm)).toHaveLength(1)
    expect(ended.stderr).toMatch(/^ {2}where: \S/m)
    expect(ended.stderr).toMatch(/^ {2}fix: {3}\S/m)
    expectNoTrace(ended)
    expect(project.leftBehind()).toEqual([])
  })

  test.each([0, 4_096, 16_384, 32_768])('%i bytes left on the disk', async (leftBytes) => {
    const project = smallProject()
    // Where nothing may be mounted the limit on file sizes stands in for the full disk.
    const limited = mountSmall(project, leftBytes) ? [] : ['prlimit', `--fsize=${Math.min(leftBytes, 1_500)}`, '--']
    const ended = await project.run(['check', '--only', 'SCR-01,SUP-01'], { prefix: limited })
    expect(ended.code, ended.stdout).toBe(3)
    expect(ended.stderr.match(/^greengate: /gm)).toHaveLength(1)
    expect(ended.stderr).toMatch(/no (?:disk )?space|ENOSPC|larger than allowed|EFBIG/)
    expect(ended.stderr).toMatch(/^ {2}fix: {3}\S/m)
    expectNoTrace(ended)
    expect(project.leftBehind()).toEqual([])
  })
})
