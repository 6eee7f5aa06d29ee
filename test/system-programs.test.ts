// Goal: a machine without a program of the system runs all other tests and is told how to get it; CI leaves nothing out.
// Method: folders with and without such programs stand for machines; the list is compared with what the tests start.
import { chmodSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProgram, leftOut, missingPrograms, SYSTEM_PROGRAMS } from './system-programs.ts'

const repository = join(import.meta.dirname, '..')
let folder = ''

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'programs-'))
  for (const name of ['chromium', 'redis-server', 'psql']) {
    writeFileSync(join(folder, name), '#!/bin/sh\n')
    chmodSync(join(folder, name), name === 'psql' ? 0o600 : 0o700)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('programs of the system', () => {
  it('are found in the folders of PATH when they can be run', () => {
    expect(findProgram(['google-chrome', 'chromium'], `/nowhere::${folder}`)).toBe(join(folder, 'chromium'))
    expect(findProgram(['psql'], folder)).toBeNull()
    expect(findProgram(['chromium'], '')).toBeNull()
  })

  it('that are missing are named with the one command that installs them', () => {
    const missing = missingPrograms({ PATH: folder })
    expect(missing.map((one) => one.package)).toEqual(['prometheus', 'postgresql-client'])
    expect(leftOut(missing)).toContain('\nInstall: apt-get install prometheus postgresql-client')
    expect(leftOut([])).toBe('')
    expect(missingPrograms({ PATH: '/nowhere', CHROMIUM_PATH: join(folder, 'chromium') })).toHaveLength(3)
    expect(missingPrograms({ PATH: '/nowhere', CHROMIUM_PATH: '/nowhere/chromium' })).toHaveLength(4)
  })

  it('are never missing in CI', () => {
    expect(missingPrograms({ PATH: '/nowhere', CI: 'true' })).toEqual([])
  })

  it('are installed by CI before the tests', () => {
    const run = readFileSync(join(repository, '.ci/run'), 'utf8')
    for (const one of SYSTEM_PROGRAMS) expect(run).toContain(`missing+=(${one.package})`)
  })

  it.each(SYSTEM_PROGRAMS)('$package: the tests that need it are there, and no other starts it', ({ tests, names }) => {
    const excluded = ['**/node_modules/**', '**/dist/**']
    const listed = tests.map((glob) => globSync(glob, { cwd: repository, exclude: excluded }))
    for (const files of listed) expect(files.length).toBeGreaterThan(0)
    const starters: Record<string, RegExp> = {
      chromium: /\blaunchChromium\(/,
      'redis-server': /\bstartRedis\(/,
      promtool: /programOf\('promtool'/,
      psql: /programOf\('psql'|\bdatabaseWithLogins\(/,
    }
    const starts = starters[names[0] ?? '']
    const users = globSync('{apps,packages,test}/**/*.test.{ts,tsx}', { cwd: repository, exclude: excluded }).filter(
      (file) =>
        file !== 'test/system-programs.test.ts' && starts?.test(readFileSync(join(repository, file), 'utf8')) === true,
    )
    expect(users.filter((file) => !listed.flat().includes(file))).toEqual([])
    expect(users.length + listed.flat().length).toBeGreaterThan(1)
  })
})
