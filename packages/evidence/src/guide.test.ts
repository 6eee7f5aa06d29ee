import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openLedger } from './ledger.ts'
import { createFolderStore } from './store.ts'
import { buildEvidence, createTestKey, digestFor, testSigner } from './testing.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

/**
 * Goal: what the guide says works, on a bundle that a store really wrote, and fails on an altered one. Method: its fenced
 * blocks are taken out of it as they stand and run.
 */

const GUIDE = fileURLToPath(new URL('../../../docs/guides/verify-without-greengate.md', import.meta.url))
const key = createTestKey()
const signer = testSigner(key)
let dir: string
let bundle: string
let keyFile: string
let shell: string[]
let scripts: number

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-guide-'))
  bundle = join(dir, 'bundle')
  keyFile = join(dir, 'key.pem')
  await writeFile(keyFile, key.publicKey.pem)
  const blocks = [...(await readFile(GUIDE, 'utf8')).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
    ([, language, code]) => ({ language, code: code ?? '' }),
  )
  shell = blocks.filter((block) => block.language === 'sh').map((block) => block.code)
  const script = blocks.filter((block) => block.language === 'js').map((block) => block.code)
  scripts = script.length
  await writeFile(join(dir, 'verify.mjs'), script.join(''))

  const ledger = openLedger(join(dir, 'ledger'), 'greengate.example/billing')
  await ledger.append(() => [digestFor('earlier run')], signer)
  const store = await createFolderStore(bundle)
  await store.put(signer.sign(buildEvidence({ org: 'Köln “quoted” \\ 🚦' })))
  await store.put(signer.sign(buildEvidence({ control: 'ERR-01', outcome: 'fail', reason: 'long '.repeat(50_000) })))
  await store.seal({ runId: 'run-1', subject: buildEvidence().subject, ledger, signer, keys: [key.publicKey] })
})
afterAll(() => rm(dir, { recursive: true, force: true }))

function run(code: string | undefined, folder: string, publicKey = keyFile) {
  const result = spawnSync('sh', ['-eu', '-c', code ?? 'exit 99'], {
    cwd: dir,
    encoding: 'utf8',
    timeout: 20_000,
    env: {
      PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`,
      BUNDLE: folder,
      KEY: publicKey,
    },
  })
  return { status: result.status, output: `${result.stdout}${result.stderr}` }
}

async function altered(path: (names: string[]) => string, change: (text: string) => string): Promise<string> {
  const copy = await mkdtemp(join(dir, 'altered-'))
  await cp(bundle, copy, { recursive: true })
  const file = join(copy, path(await readdir(join(copy, 'envelopes'))))
  const before = await readFile(file, 'utf8')
  const after = change(before)
  expect(after).not.toBe(before)
  await writeFile(file, after)
  return copy
}

test('the guide has the blocks that are run here', () => {
  expect([shell.length, scripts]).toEqual([3, 1])
})

describe('openssl', () => {
  test('verifies every envelope', () => {
    expect(run(shell[0], bundle)).toEqual({ status: 0, output: 'Signature Verified Successfully\n'.repeat(2) })
  })

  test('computes the key id', () => {
    expect(run(shell[1], bundle).output.split(' ')[0]).toBe(key.publicKey.keyid)
  })

  test.each([
    ['statement', /("payload":"....)(.)/],
    ['signature', /("sig":"....)(.)/],
  ])('refuses an altered %s', async (_name, place) => {
    const copy = await altered(
      ([name]) => `envelopes/${name}`,
      (text) => text.replace(place, (_all, before: string, letter: string) => before + (letter === 'A' ? 'B' : 'A')),
    )
    expect(run(shell[0], copy).status).not.toBe(0)
  })

  test('refuses another key', async () => {
    const other = join(dir, 'other.pem')
    await writeFile(other, createTestKey().publicKey.pem)
    expect(run(shell[0], bundle, other).status).not.toBe(0)
  })
})

describe('a dozen lines', () => {
  test('verify the whole bundle', () => {
    expect(run(shell[2], bundle)).toEqual({
      status: 0,
      output: 'OBS-21 component:api pass\nERR-01 component:api fail\n',
    })
  })

  test.each<[string, (names: string[]) => string, (text: string) => string]>([
    ['an envelope', ([name]) => `envelopes/${name}`, (text) => text.replace('"keyid":"', '"keyid":"0')],
    ['the index', () => 'bundle.json', (text) => text.replace('run-1', 'run-2')],
    [
      'an index with one envelope taken out',
      () => 'bundle.json',
      (text) => text.replace(/"sha256:[0-9a-f]{64}",(?="sha)/, ''),
    ],
    ['the ledger', () => 'ledger/entries', (text) => text.replace(/[0-9a-f]{64}/, '0'.repeat(64))],
    ['a shorter ledger', () => 'ledger/entries', (text) => text.slice(72)],
    ['the checkpoint', () => 'ledger/checkpoint', (text) => text.replace('\n4\n', '\n3\n')],
  ])('refuse %s', async (_name, path, change) => {
    const result = run(shell[2], await altered(path, change))
    expect(result.status).toBe(1)
    expect(result.output).toMatch(/^REFUSED: /m)
  })
})
