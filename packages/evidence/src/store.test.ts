import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GreengateError } from '@greengate/contracts'
import { BUNDLE_FILE, envelopePath, LEDGER_CHECKPOINT } from './bundle.ts'
import { digestOfBytes } from './canonical.ts'
import { diskWriter, type FileWriter, storeError } from './files.ts'
import { openLedger } from './ledger.ts'
import { createFolderStore, type EvidenceStore, openFolderStore } from './store.ts'
import {
  buildEvidence,
  createTestKey,
  digestFor,
  EVIDENCE_TIME_MS,
  oddJudges,
  testSigner,
  trustKeys,
} from './testing.ts'
import { verifyBundle } from './verify/index.ts'

const key = createTestKey()
const signer = testSigner(key)
const SUBJECT = buildEvidence().subject
let dir: string
let runs: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-store-'))
  runs = join(dir, 'run')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const sealing = () => ({
  runId: 'run-1',
  subject: SUBJECT,
  ledger: openLedger(join(dir, 'ledger'), 'greengate.example/billing'),
  signer,
  keys: [key.publicKey],
})
const verify = (bundle = runs) =>
  verifyBundle({ bundle, trustRoot: trustKeys([key]), judges: oddJudges, nowMs: EVIDENCE_TIME_MS })
async function fill(store: EvidenceStore): Promise<void> {
  await store.put(signer.sign(buildEvidence({ control: 'OBS-21' })))
  await store.put(signer.sign(buildEvidence({ control: 'ERR-01', outcome: 'fail' })))
}
/** A disk that is full at the n-th write. */
function fullAt(n: number): FileWriter {
  let writes = 0
  const full = (path: string): void => {
    if (++writes >= n) throw storeError(path, Object.assign(new Error('no space'), { code: 'ENOSPC' }))
  }
  return {
    replace: async (path, content) => (full(path), diskWriter.replace(path, content)),
    append: async (path, content) => (full(path), diskWriter.append(path, content)),
  }
}

describe('a folder', () => {
  test('holds a bundle that verifies, after a second run too', async () => {
    for (const name of ['first', 'second']) {
      const store = await createFolderStore(join(dir, name))
      await fill(store)
      await store.seal(sealing())
    }
    const [first, second] = await Promise.all([verify(join(dir, 'first')), verify(join(dir, 'second'))])
    expect([first?.ok, second?.ok]).toEqual([true, true])
    expect(second?.verified.map((one) => one.evidence.control)).toEqual(['OBS-21', 'ERR-01'])
    expect([first?.checkpoint?.size, second?.checkpoint?.size]).toEqual([3, 6])
    expect((await readdir(join(dir, 'first'))).sort()).toEqual(['bundle.json', 'envelopes', 'keys', 'ledger'])
  })

  test('keeps envelopes and blobs by digest, once, in the order of the calls', async () => {
    const store = await createFolderStore(runs)
    const envelopes = ['a', 'b', 'c'].map((runId) => signer.sign(buildEvidence({ runId })))
    const digests = await Promise.all([...envelopes, ...envelopes].map((envelope) => store.put(envelope)))
    expect(digests.slice(3)).toEqual(digests.slice(0, 3))
    expect(await store.list()).toEqual(digests.slice(0, 3))
    expect(digestOfBytes((await store.get(digests[0] as string)) ?? Buffer.alloc(0))).toBe(digests[0])
    expect(await store.get(digestFor('x'))).toBeNull()
    const blob = await store.putBlob(Buffer.from('log'))
    expect(Buffer.from((await store.getBlob(blob)) ?? []).toString()).toBe('log')
    await store.seal(sealing())
    await store.eraseBlob(blob)
    await store.eraseBlob(blob)
    expect(await store.getBlob(blob)).toBeNull()
    expect((await verify()).ok).toBe(true)
    expect(await openFolderStore(runs).list()).toEqual(digests.slice(0, 3))
  })

  test('lists what an unfinished run left, and nothing where nothing is', async () => {
    const store = await createFolderStore(runs)
    await fill(store)
    expect(await openFolderStore(runs).list()).toHaveLength(2)
    expect(await openFolderStore(join(dir, 'none')).list()).toEqual([])
  })

  test('refuses to hand out what was altered', async () => {
    const store = await createFolderStore(runs)
    const digest = await store.put(signer.sign(buildEvidence()))
    await writeFile(join(runs, envelopePath(digest)), '{}')
    await expect(store.get(digest)).rejects.toMatchObject({ code: 'EVIDENCE_INVALID' })
  })

  test('is for one run', async () => {
    const store = await createFolderStore(runs)
    await store.seal(sealing())
    await expect(store.put(signer.sign(buildEvidence()))).rejects.toThrow(/invariant/)
    await expect(store.seal(sealing())).rejects.toThrow(/invariant/)
    await expect(createFolderStore(runs)).rejects.toMatchObject({ code: 'EVIDENCE_STORE', where: runs })
  })
})

describe('no space', () => {
  test.each([1, 2, 3, 4, 5, 6])('at write %i: one clear message, and no bundle that verifies', async (n) => {
    const attempt = (async () => {
      const writer = fullAt(n)
      const store = await createFolderStore(runs, writer)
      await fill(store)
      await store.seal(sealing())
    })()
    await expect(attempt).rejects.toBeInstanceOf(GreengateError)
    await expect(attempt).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: expect.stringMatching(/^Could not write .*: there is no space left on the disk\.$/) as string,
      fix: expect.stringMatching(/Free space/) as string,
    })
    const result = await verify()
    expect(result.ok).toBe(false)
    expect(result.verified).toEqual([])
  })

  test('at the seventh write there is no seventh write: the bundle stands', async () => {
    const store = await createFolderStore(runs, fullAt(7))
    await fill(store)
    await store.seal(sealing())
    expect((await verify()).ok).toBe(true)
  })

  test('in the ledger: the bundle does not verify, and the next run does', async () => {
    const store = await createFolderStore(runs)
    await fill(store)
    const ledger = openLedger(join(dir, 'ledger'), 'greengate.example/billing', fullAt(2))
    await expect(store.seal({ ...sealing(), ledger })).rejects.toMatchObject({ code: 'EVIDENCE_STORE' })
    expect((await verify()).ok).toBe(false)
    const next = await createFolderStore(join(dir, 'next'))
    await fill(next)
    await next.seal(sealing())
    expect((await verify(join(dir, 'next'))).ok).toBe(true)
  })

  test('a signer that dies leaves no bundle that verifies', async () => {
    const store = await createFolderStore(runs)
    await fill(store)
    const dying = { signCheckpoint: () => Promise.reject(new GreengateError('SIGNER_FAILED', 'gone')) }
    await expect(store.seal({ ...sealing(), signer: dying })).rejects.toMatchObject({ code: 'SIGNER_FAILED' })
    expect(await readFile(join(runs, LEDGER_CHECKPOINT)).catch(() => null)).toBeNull()
    expect((await verify()).problems.map((problem) => problem.code)).toContain('BUNDLE_TRUNCATED')
  })
})

describe('what the disk says is told with place and fix', () => {
  test.each([
    ['ENOSPC', /no space left/],
    ['EDQUOT', /quota/],
    ['EACCES', /permission is denied/],
    ['EROFS', /read-only/],
    ['EIO', /EIO/],
  ])('%s', (code, message) => {
    const error = storeError('/evidence/x', Object.assign(new Error('raw'), { code }))
    expect(error).toMatchObject({
      code: 'EVIDENCE_STORE',
      where: '/evidence/x',
      message: expect.stringMatching(message) as string,
      exitCode: 3,
    })
    expect(error.fix).not.toBe('')
    expect(storeError('/other', error)).toBe(error)
  })

  test('a file in the way of the folder, and of a file in it', async () => {
    await writeFile(join(dir, 'file'), '')
    await expect(createFolderStore(join(dir, 'file'))).rejects.toMatchObject({ code: 'EVIDENCE_STORE' })
    await expect(createFolderStore(join(dir, 'file', 'below'))).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: expect.stringMatching(/is a file/) as string,
    })
    await mkdir(join(runs, BUNDLE_FILE), { recursive: true })
    await expect(diskWriter.replace(join(runs, BUNDLE_FILE), 'x')).rejects.toMatchObject({ code: 'EVIDENCE_STORE' })
    expect((await readdir(runs)).filter((name) => name.endsWith('.tmp'))).toEqual([])
    await expect(diskWriter.append(join(runs, BUNDLE_FILE), 'x')).rejects.toMatchObject({ code: 'EVIDENCE_STORE' })
  })

  test('files that only others may write are readable, and folders are for their owner', async () => {
    await diskWriter.replace(join(runs, 'a', 'file'), 'x')
    await chmod(join(runs, 'a', 'file'), 0o400)
    await diskWriter.replace(join(runs, 'a', 'file'), 'y')
    expect(await readFile(join(runs, 'a', 'file'), 'utf8')).toBe('y')
  })
})
