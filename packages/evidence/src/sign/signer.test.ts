import { spawn } from 'node:child_process'
import { mkdtemp, readFile, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { EVIDENCE_PREDICATE_TYPE, GreengateError } from '@greengate/contracts'
import { openEnvelope, encodeEnvelope, verifyEnvelope } from '../dsse.ts'
import { readPublicKey } from '../keyid.ts'
import { readNote } from '../note.ts'
import { evidenceStatement, parseEvidence, type Statement, STATEMENT_TYPE } from '../statement.ts'
import { buildEvidence } from '../testing.ts'
import { type Signer, startSigner } from './signer-client.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let dir: string
const open: Signer[] = []
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-signer-'))
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((signer) => signer.close()))
  await rm(dir, { recursive: true, force: true })
})
async function start(keyFile = join(dir, 'key.pem'), createIfMissing = true): Promise<Signer> {
  const signer = await startSigner({ keyFile, createIfMissing })
  open.push(signer)
  return signer
}
const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
async function endsSoon(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 200 && lives(pid); tries++) await sleep(25)
  return !lives(pid)
}
const failsWith = (message: RegExp) =>
  expect.objectContaining({ code: 'SIGNER_FAILED', message: expect.stringMatching(message) as string })

describe('the signing process, asked for what it must not sign', () => {
  let signer: Signer
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'greengate-signer-'))
    signer = await startSigner({ keyFile: join(folder, 'key.pem'), createIfMissing: true })
  })
  afterAll(async () => {
    await signer.close()
    await rm(folder, { recursive: true, force: true })
  })
  test.each<[string, unknown]>([
    ['free text', 'hello'],
    ['null', null],
    [
      'another type of statement',
      { ...evidenceStatement(buildEvidence()), predicateType: 'https://example.com/anything' },
    ],
    ['evidence with something more', evidenceStatement({ ...buildEvidence(), extra: 1 } as never)],
    ['evidence with an unknown outcome', evidenceStatement({ ...buildEvidence(), outcome: 'skipped' } as never)],
    ['evidence about nothing', { ...evidenceStatement(buildEvidence()), subject: [] }],
    [
      'a policy that is none',
      {
        _type: STATEMENT_TYPE,
        subject: evidenceStatement(buildEvidence()).subject,
        predicateType: 'https://greengate.dev/policy/v1',
        predicate: {},
      },
    ],
    ['half a surrogate pair', evidenceStatement(buildEvidence({ org: '\ud800' }))],
  ])('does not sign %s', async (_name, statement) => {
    const attempt = signer.sign(statement as Statement)
    await expect(attempt).rejects.toBeInstanceOf(GreengateError)
    await expect(attempt).rejects.toMatchObject({ code: 'SIGNER_FAILED' })
    expect((await signer.sign(evidenceStatement(buildEvidence()))).signatures[0].keyid).toBe(signer.keyid)
  })

  test.each([
    { origin: 'with space', size: 1, root: Buffer.alloc(32) },
    { origin: 'a\nb', size: 1, root: Buffer.alloc(32) },
    { origin: 'a', size: 1.5, root: Buffer.alloc(32) },
    { origin: 'a', size: 1, root: Buffer.alloc(31) },
  ])('does not sign the checkpoint %j', async (checkpoint) => {
    await expect(signer.signCheckpoint(checkpoint)).rejects.toMatchObject({ code: 'SIGNER_FAILED' })
  })

  test('nothing larger than a message is sent', async () => {
    await expect(signer.sign(evidenceStatement(buildEvidence({ reason: 'x'.repeat(9_000_000) })))).rejects.toEqual(
      failsWith(/more than/),
    )
  })
})

describe('the signing process', () => {
  test('signs evidence and checkpoints that verify, and the key stays', async () => {
    const signer = await start()
    expect(signer.created).toBe(true)
    const evidence = buildEvidence()
    const key = readPublicKey(signer.publicKeyPem)
    expect(key.keyid).toBe(signer.keyid)
    const envelope = await signer.sign(evidenceStatement(evidence))
    const opened = openEnvelope(encodeEnvelope(envelope))
    expect(parseEvidence(verifyEnvelope(opened, new Map([[key.keyid, key]])))).toEqual(evidence)
    const note = await signer.signCheckpoint({ origin: 'a/b', size: 3, root: Buffer.alloc(32, 1) })
    expect(readNote(Buffer.from(note), [key])).toMatchObject({ origin: 'a/b', size: 3, keyid: signer.keyid })
    const again = await start()
    expect(again).toMatchObject({ created: false, keyid: signer.keyid })
  })

  test('answers many at once, each its own', async () => {
    const signer = await start()
    const runs = Array.from({ length: 50 }, (_, index) => `run-${index}`)
    const envelopes = await Promise.all(runs.map((runId) => signer.sign(evidenceStatement(buildEvidence({ runId })))))
    const seen = envelopes.map(
      ({ payload }) =>
        (JSON.parse(Buffer.from(payload, 'base64').toString()) as { predicate: { runId: string } }).predicate.runId,
    )
    expect(seen).toEqual(runs)
  })

  test('says why there is no key, and leaves no process', async () => {
    await expect(start(join(dir, 'none.pem'), false)).rejects.toMatchObject({
      code: 'SIGNER_FAILED',
      message: 'There is no key file.',
      where: join(dir, 'none.pem'),
    })
  })

  test('a program that does not exist, or says something else', async () => {
    await expect(startSigner({ keyFile: join(dir, 'k'), program: join(dir, 'none.js') })).rejects.toEqual(
      failsWith(/has ended/),
    )
    await writeFile(join(dir, 'odd.mjs'), 'process.stdin.on("data", () => console.log("hello"))')
    await expect(startSigner({ keyFile: join(dir, 'k'), program: join(dir, 'odd.mjs') })).rejects.toEqual(
      failsWith(/no answer/),
    )
    await writeFile(join(dir, 'mute.mjs'), 'process.stdin.resume()')
    await expect(
      startSigner({ keyFile: join(dir, 'k'), program: join(dir, 'mute.mjs'), timeoutMs: 300 }),
    ).rejects.toEqual(failsWith(/did not answer within 300 ms/))
  })

  test('gets an environment without anything in it, and no folder of ours', async () => {
    const signer = await start()
    const environment = await readFile(`/proc/${signer.pid}/environ`, 'utf8')
    expect(environment).toBe('')
    expect(await readlink(`/proc/${signer.pid}/cwd`)).toBe('/')
  })

  test('once closed or killed, it says so', async () => {
    const signer = await start()
    process.kill(signer.pid, 'SIGKILL')
    expect(await endsSoon(signer.pid)).toBe(true)
    await expect(signer.sign(evidenceStatement(buildEvidence()))).rejects.toMatchObject({ code: 'SIGNER_FAILED' })
    await signer.close()
    await expect(signer.sign(evidenceStatement(buildEvidence()))).rejects.toMatchObject({ code: 'SIGNER_FAILED' })
  })

  test('ends when its parent is killed', async () => {
    const client = fileURLToPath(new URL('./signer-client.ts', import.meta.url))
    const program = `import { startSigner } from ${JSON.stringify(client)}
      const signer = await startSigner({ keyFile: ${JSON.stringify(join(dir, 'key.pem'))}, createIfMissing: true })
      console.log(signer.pid); setInterval(() => {}, 1000)`
    const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const pid = await new Promise<number>((resolve) =>
      parent.stdout.once('data', (data: Buffer) => resolve(Number(data.toString()))),
    )
    expect(lives(pid)).toBe(true)
    parent.kill('SIGKILL')
    expect(await endsSoon(pid)).toBe(true)
  })
})

test('evidence is what the signer is asked for', () => {
  expect(evidenceStatement(buildEvidence()).predicateType).toBe(EVIDENCE_PREDICATE_TYPE)
})
