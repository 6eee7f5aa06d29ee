// Goal: the object store is prepared without a secret in a command line, which everybody on the machine could read.
// Method: prepare.sh runs with a stand-in for mc that writes down its arguments, its alias and what comes by standard input. The real mc
// was not run: that it reads both is what its sources say.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { operations } from './operations-files.ts'

const SECRETS = {
  objects_root_user: 'root-0f0f0f',
  objects_root_password: 'password-of-the-root',
  s3_secret_access_key: 'key-of-the-content-service',
}
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'prepare-objects-'))
  mkdirSync(join(folder, 'secrets'))
  for (const [name, value] of Object.entries(SECRETS)) writeFileSync(join(folder, 'secrets', name), value)
  const standIn = `#!/bin/sh
printf '%s\\n' "$*" >>"${folder}/arguments"
printf '%s\\n' "$MC_HOST_store" >>"${folder}/aliases"
case "$*" in 'admin user add store') cat >>"${folder}/input" ;; esac
`
  writeFileSync(join(folder, 'mc'), standIn)
  chmodSync(join(folder, 'mc'), 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('prepare.sh gives mc its secrets by the environment and by standard input', () => {
  execFileSync('sh', [join(operations, 'compose', 'objects', 'prepare.sh')], {
    env: {
      PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`,
      SECRETS_DIR: join(folder, 'secrets'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const written = readFileSync(join(folder, 'arguments'), 'utf8')
  expect(written.trim().split('\n')).toEqual([
    'mb --ignore-existing store/reference-media',
    'anonymous set-json /etc/greengate/public.json store/reference-media',
    'admin user add store',
    'admin policy create store reference-content /etc/greengate/content.json',
    'admin policy attach store reference-content --user reference-content',
  ])
  const alias = `http://${SECRETS.objects_root_user}:${SECRETS.objects_root_password}@objects:9000`
  expect(new Set(readFileSync(join(folder, 'aliases'), 'utf8').trim().split('\n'))).toEqual(new Set([alias]))
  expect(readFileSync(join(folder, 'input'), 'utf8')).toBe(`reference-content\n${SECRETS.s3_secret_access_key}\n`)
})

it('no script of the operations kit has the content of a secret among the arguments of a program', () => {
  for (const script of [
    'compose/objects/prepare.sh',
    'compose/postgres/10-databases.sh',
    'backup/run-backup.sh',
    'backup/run-restore.sh',
  ])
    for (const line of readFileSync(join(operations, script), 'utf8').split('\n')) {
      // An assignment and `printf` stay in the shell itself; \set of psql reads the file itself.
      if (/^\s*(?:#|[A-Za-z_]\w*=|printf |\\set )/.test(line)) continue
      expect([script, line]).toEqual([script, expect.not.stringMatching(/\$\(cat |_(?:password|key)"/)])
    }
})
