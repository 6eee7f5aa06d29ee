/** Goal: a release is recorded only by who holds the token, and what is recorded is what was released. */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { recordRelease } from '../deploy/record-release.ts'

const subject = `sha256:${'0123456789abcdef'.repeat(4)}`
const token = randomBytes(24).toString('base64url')
const nowMs = (): number => Date.UTC(2026, 10, 21, 8, 0, 0)
let folder = ''
let env: Record<string, string> = {}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'releases-'))
  env = {
    RELEASE_TOKEN: token,
    RELEASE_DIR: join(folder, 'new'),
    GREENGATE_SUBJECT: subject,
    GREENGATE_COMMIT: 'a'.repeat(40),
    GREENGATE_ENVIRONMENT: 'production',
  }
})
afterEach(() => rmSync(folder, { recursive: true }))

it('writes what was released, and nothing of the token', async () => {
  const { file } = await recordRelease(env, nowMs)
  const text = readFileSync(file, 'utf8')
  expect(JSON.parse(text)).toEqual({
    subject,
    commit: 'a'.repeat(40),
    environment: 'production',
    at: '2026-11-21T08:00:00.000Z',
  })
  expect(text).not.toContain(token)
})

it('never writes over a record', async () => {
  const { file } = await recordRelease(env, nowMs)
  await expect(recordRelease({ ...env, GREENGATE_ENVIRONMENT: 'staging' }, nowMs)).rejects.toMatchObject({
    code: 'EEXIST',
  })
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ environment: 'production' })
})

it.each([
  ['no token', { RELEASE_TOKEN: '' }, 'RELEASE_TOKEN'],
  ['a placeholder for one', { RELEASE_TOKEN: 'changeme-changeme-changeme-changeme' }, 'RELEASE_TOKEN'],
  ['no subject', { GREENGATE_SUBJECT: '' }, 'GREENGATE_SUBJECT'],
  ['a subject that is no digest', { GREENGATE_SUBJECT: '../../etc/passwd' }, 'GREENGATE_SUBJECT'],
  ['no environment', { GREENGATE_ENVIRONMENT: '' }, 'GREENGATE_ENVIRONMENT'],
])('refuses %s and writes nothing', async (_what, changes, variable) => {
  await expect(recordRelease({ ...env, ...changes }, nowMs)).rejects.toMatchObject({ problems: [{ variable }] })
  expect(readdirSync(folder)).toEqual([])
})

it.each([
  ['0, with the record in a line', {}, 0, 'release_recorded', 1],
  ['78 without the token', { RELEASE_TOKEN: '' }, 78, 'release_refused', 0],
])('exits with %s', (_what, changes, status, event, records) => {
  const script = join(import.meta.dirname, '..', 'deploy', 'record-release.ts')
  const run = spawnSync(process.execPath, [script], { env: { ...env, ...changes }, encoding: 'utf8' })
  expect(run.status).toBe(status)
  expect(JSON.parse(run.stdout)).toMatchObject({ event })
  expect(run.stdout).not.toContain(token)
  expect(records === 0 ? readdirSync(folder) : readdirSync(join(folder, 'new'))).toHaveLength(records)
})
