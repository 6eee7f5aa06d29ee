// Goal: no tree hangs Greengate, breaks it, or is taken for sound because a part of it was not read.
// Method: real folders with what real folders hold: no git, links in circles, pipes, sockets, forbidden and huge files.
import { execFileSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, openSync, closeSync, ftruncateSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { type Ended, expectNoTrace, Project } from './project.ts'

const projects: Project[] = []
afterEach(() => {
  for (const project of projects.splice(0)) project.remove()
})

function projectWith(files: Record<string, string>, options: { readonly git?: boolean } = {}): Project {
  const project = new Project({ 'package.json': '{"name":"shop","version":"1.0.0"}\n', ...files }, options)
  projects.push(project)
  return project
}

interface Read {
  readonly verdict: string
  readonly subject: { readonly commit: string; readonly dirty: boolean; readonly digest: string }
  readonly controls: readonly {
    readonly id: string
    readonly outcome: string
    readonly reason: string
    readonly aspects: Readonly<Record<string, { readonly outcome: string; readonly code: string }>>
    readonly findings: readonly { readonly message: string; readonly where: string; readonly observed: string }[]
  }[]
}

/** The report of the checks that read every file, and nothing left behind. */
async function read(project: Project, options: Parameters<Project['run']>[1] = {}): Promise<Read> {
  const ended: Ended = await project.run(['check', '--only', 'SCR-01', '--format', 'json'], options)
  expectNoTrace(ended)
  expect(ended.code, ended.stderr).toBe(1)
  expect(project.leftBehind()).toEqual([])
  return JSON.parse(ended.stdout) as Read
}

/** What the secret check says about files that it could not read. */
const saidOf = (report: Read): string => JSON.stringify(report.controls)

describe('a tree', () => {
  test('without git: judged, never deployable, and the history is not taken for searched', async () => {
    const report = await read(projectWith({ 'a.js': '1\n' }, { git: false }))
    expect(report.subject).toMatchObject({ commit: '', dirty: true })
    expect(report.verdict).toBe('partial')
    expect(report.controls[0]?.aspects['history']).toEqual({ outcome: 'not_applicable', code: 'no-git' })
  })

  test.each([true, false])('with links in circles and into nowhere (git: %s)', async (git) => {
    const project = projectWith({ 'a/b/c.js': '1\n' }, { git: false })
    symlinkSync('.', join(project.dir, 'loop'))
    symlinkSync('../..', join(project.dir, 'a/b/up'))
    symlinkSync('two', join(project.dir, 'one'))
    symlinkSync('one', join(project.dir, 'two'))
    symlinkSync('/', join(project.dir, 'whole-machine'))
    symlinkSync('nowhere', join(project.dir, 'dangling'))
    if (git) {
      project.git('init', '-q')
      project.commit()
    }
    const report = await read(project)
    expect(report.controls[0]?.outcome).toBe('pass')
  })

  test('with a pipe and a socket: neither is opened, both are named', async () => {
    const project = projectWith({}, { git: false })
    execFileSync('mkfifo', [join(project.dir, 'pipe')])
    const socket = createServer().listen(join(project.dir, 'socket'))
    await new Promise((resolve) => socket.once('listening', resolve))
    try {
      const report = await read(project)
      expect(report.controls[0]?.outcome).toBe('inconclusive')
      expect(saidOf(report)).toMatch(/pipe|socket/)
    } finally {
      socket.close()
    }
  })

  test('where a tracked file became a pipe', async () => {
    const project = projectWith({ 'data.txt': 'x\n' })
    execFileSync('rm', [join(project.dir, 'data.txt')])
    execFileSync('mkfifo', [join(project.dir, 'data.txt')])
    const report = await read(project)
    expect(report.controls[0]?.outcome).not.toBe('pass')
    expect(saidOf(report)).toContain('data.txt')
  })

  test('with a file of 200 MB: within a minute and in little memory, and it is not taken for read', async () => {
    const project = projectWith({})
    const file = openSync(join(project.dir, 'dump.bin'), 'w')
    ftruncateSync(file, 200 * 1024 * 1024)
    closeSync(file)
    // Held in memory as a string it would not fit.
    const report = await read(project, { node: ['--max-old-space-size=120'] })
    expect(report.controls[0]?.outcome).not.toBe('pass')
    expect(saidOf(report)).toContain('dump.bin')
  })

  test('with a git that is broken: said, and not judged as if there were none', async () => {
    const project = projectWith({})
    project.write('.git/HEAD', 'garbage\n')
    const ended = await project.run(['check', '--only', 'SCR-01'])
    expectNoTrace(ended)
    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(
      /git can't read this repository[^]*where: .*\.git\n {2}fix: {3}\S[^]*SUBJECT_UNREADABLE/,
    )
  })
})

describe.runIf(process.getuid?.() === 0)('files that another user keeps to himself', () => {
  const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const

  /** The whole project belongs to nobody but what is listed. */
  function owned(project: Project): void {
    execFileSync('chown', ['-R', '65534:65534', project.root])
  }

  test('an unreadable file: the rest is judged, and it is not taken for read', async () => {
    const project = projectWith({ 'kept.txt': 'x\n' })
    owned(project)
    chownSync(join(project.dir, 'kept.txt'), 0, 0)
    chmodSync(join(project.dir, 'kept.txt'), 0o600)
    const report = await read(project, { prefix: asNobody })
    expect(report.controls[0]?.outcome).not.toBe('pass')
    expect(saidOf(report)).toContain('kept.txt')
  })

  test('an unreadable folder', async () => {
    const project = projectWith({}, { git: false })
    mkdirSync(join(project.dir, 'kept'))
    owned(project)
    chownSync(join(project.dir, 'kept'), 0, 0)
    chmodSync(join(project.dir, 'kept'), 0o700)
    const report = await read(project, { prefix: asNobody })
    expect(report.controls[0]?.outcome).not.toBe('pass')
    expect(saidOf(report)).toContain('kept')
  })

  test('a folder that can not be written: one message, exit code 3', async () => {
    const project = projectWith({})
    owned(project)
    chownSync(project.dir, 0, 0)
    const ended = await project.run(['check', '--only', 'SCR-01'], { prefix: asNobody })
    expect(ended.code).toBe(3)
    expect(ended.stderr).toMatch(
      /^greengate: The folder for evidence can't be written: EACCES\.\n {2}where: .*\.greengate\n/m,
    )
    expectNoTrace(ended)
  })
})

describe('where in a tree it is called', () => {
  test('in a subfolder of a repository: that folder is the subject, with the commit of the repository', async () => {
    const project = projectWith({
      'services/shop/package.json': '{"name":"inner","version":"1.0.0"}\n',
      'other.js': '1\n',
    })
    const inner = join(project.dir, 'services/shop')
    const before = await read(project, { cwd: inner })
    expect(before.subject).toMatchObject({ dirty: false, commit: expect.stringMatching(/^[0-9a-f]{40}$/) })
    project.write('other.js', '2\n')
    expect((await read(project, { cwd: inner })).subject).toEqual(before.subject)
    project.write('services/shop/new.js', '3\n')
    const after = await read(project, { cwd: inner })
    expect(after.subject.dirty).toBe(true)
    expect(after.subject.digest).not.toBe(before.subject.digest)
  })

  test('in a package of an npm workspace: its tools are those of the root', async () => {
    const project = projectWith({
      'package.json': '{"name":"root","private":true,"workspaces":["packages/*"]}\n',
      'packages/shop/package.json': '{"name":"shop","version":"1.0.0","type":"module","scripts":{"test":"checker"}}\n',
      'packages/shop/index.js': 'export const one = 1\n',
      '.gitignore': 'node_modules\n',
    })
    project.write(
      'node_modules/.bin/checker',
      `#!${process.execPath}\nconsole.log('TAP version 13\\nok 1 - one\\n1..1\\n# tests 1\\n# pass 1\\n# fail 0')\n`,
    )
    chmodSync(join(project.dir, 'node_modules/.bin/checker'), 0o755)
    const ended = await project.run(['check', '--only', 'QLT-03', '--format', 'json'], {
      cwd: join(project.dir, 'packages/shop'),
    })
    expectNoTrace(ended)
    expect(`${ended.stdout}${ended.stderr}`).not.toMatch(/checker: not found|exit code 127/)
    expect((JSON.parse(ended.stdout) as Read).subject.commit).toMatch(/^[0-9a-f]{40}$/)
  })
})
