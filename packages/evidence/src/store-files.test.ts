import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GreengateError } from '@greengate/contracts'
import { BLOBS, blobPath, BUNDLE_FILE, ENVELOPES, envelopePath } from './bundle.ts'
import { diskWriter, type FileWriter, storeError } from './files.ts'
import { type Ledger, openLedger } from './ledger.ts'
import { createFolderStore, openFolderStore } from './store.ts'
import { buildEvidence, createTestKey, digestFor, testSigner } from './testing.ts'

const key = createTestKey()
const signer = testSigner(key)
const envelopes = ['a', 'b', 'c'].map((runId) => signer.sign(buildEvidence({ runId })))
const [envelope] = envelopes as [(typeof envelopes)[number]]
let dir: string
let run: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-store-files-'))
  run = join(dir, 'deep', 'run')
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const sealing = (ledger: Ledger = openLedger(join(dir, 'ledger'), 'greengate.example/billing')) => ({
  runId: 'run-1',
  subject: buildEvidence().subject,
  ledger,
  signer,
  keys: [key.publicKey],
})
/** Writes to the disk and says what; the first `failing` writes fail. */
function watched(failing = 0): FileWriter & { readonly paths: string[] } {
  const paths: string[] = []
  return {
    paths,
    append: (path, content) => diskWriter.append(path, content),
    async replace(path, content) {
      paths.push(path.slice(run.length + 1))
      const full = paths.length <= failing
      await Promise.resolve()
      if (full) throw storeError(path, Object.assign(new Error('full'), { code: 'ENOSPC' }))
      await diskWriter.replace(path, content)
    },
  }
}

describe('the folder of a store', () => {
  test('is made for its owner only, and may be there already', async () => {
    await createFolderStore(run)
    expect((await stat(run)).mode & 0o777).toBe(0o700)
    expect((await stat(join(dir, 'deep'))).mode & 0o777).toBe(0o700)
    await createFolderStore(run)
    expect(await readdir(run)).toEqual([])
  })

  test('that holds the evidence of another run is refused', async () => {
    await mkdir(run, { recursive: true })
    await writeFile(join(run, BUNDLE_FILE), '{}')
    const attempt = createFolderStore(run)
    await expect(attempt).rejects.toBeInstanceOf(GreengateError)
    await expect(attempt).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: `${run} holds the evidence of another run.`,
      where: run,
      fix: 'Use a new folder for each run.',
    })
  })
})

describe('putting', () => {
  test('the same twice writes it once', async () => {
    const writer = watched()
    const store = await createFolderStore(run, writer)
    const digest = await store.put(envelope)
    expect(await store.put(envelope)).toBe(digest)
    expect(writer.paths).toEqual([envelopePath(digest)])
  })

  test('the same twice at once is done for both when it is on the disk, and fails for both when it is not', async () => {
    const store = await createFolderStore(run, watched(1))
    const attempts = await Promise.allSettled([store.put(envelope), store.put(envelope)])
    expect(attempts.map((attempt) => attempt.status)).toEqual(['rejected', 'rejected'])
    const again = Promise.all([store.put(envelope), store.put(envelope)])
    const [digest, same] = await again
    expect(same).toBe(digest)
    expect(await store.get(digest)).not.toBeNull()
  })

  test('what could not be written is not there, and can be put again', async () => {
    const writer = watched(1)
    const store = await createFolderStore(run, writer)
    await expect(store.put(envelope)).rejects.toMatchObject({ code: 'EVIDENCE_STORE' })
    expect(await store.list()).toEqual([])
    const digest = await store.put(envelope)
    expect(writer.paths).toEqual([envelopePath(digest), envelopePath(digest)])
    expect(await store.list()).toEqual([digest])
  })

  test('is over once the store is sealed', async () => {
    const store = await createFolderStore(run)
    await store.seal(sealing())
    await expect(store.put(envelope)).rejects.toThrow('invariant violated: nothing is put into a sealed store')
    await expect(store.putBlob(Buffer.from('x'))).rejects.toThrow('nothing is put into a sealed store')
    await expect(store.seal(sealing())).rejects.toThrow('invariant violated: a store is sealed once')
  })
})

describe('sealing', () => {
  test('lists envelopes and blobs in order, and writes the checkpoint last of all', async () => {
    const writer = watched()
    const store = await createFolderStore(run, writer)
    const digests = []
    for (const one of envelopes) digests.push(await store.put(one))
    const blobs = [await store.putBlob(Buffer.from('log')), await store.putBlob(Buffer.from('dump'))]
    const bundle = await store.seal(sealing())
    expect(bundle).toEqual({
      schema: 'greengate/bundle/v1',
      runId: 'run-1',
      subject: { name: 'billing', digest: buildEvidence().subject.digest },
      ledger: { origin: 'greengate.example/billing', first: 0 },
      envelopes: digests,
      blobs,
    })
    expect(JSON.parse(await readFile(join(run, BUNDLE_FILE), 'utf8'))).toEqual(bundle)
    expect(writer.paths.slice(5)).toEqual([
      `keys/${key.publicKey.keyid}.pem`,
      'bundle.json',
      'ledger/entries',
      'ledger/checkpoint',
    ])
    expect(await readFile(join(run, 'keys', `${key.publicKey.keyid}.pem`), 'utf8')).toBe(key.publicKey.pem)
  })

  test('needs a ledger that asks for what is to be entered', async () => {
    const store = await createFolderStore(run)
    const ledger: Ledger = {
      ...openLedger(dir, 'a'),
      append: () => Promise.resolve({ entries: [], note: '', tornBytes: 0, first: 0 }),
    }
    await expect(store.seal(sealing(ledger))).rejects.toThrow('invariant violated: the ledger asked for its entries')
    expect(await readdir(run)).toEqual(['keys'])
  })
})

describe('reading', () => {
  test('what does not have its digest any more is refused, with its path', async () => {
    const store = await createFolderStore(run)
    const digest = await store.putBlob(Buffer.from('log'))
    const path = join(run, blobPath(digest))
    await writeFile(path, 'altered')
    await expect(store.getBlob(digest)).rejects.toMatchObject({
      code: 'EVIDENCE_INVALID',
      message: `${path} does not have the digest that its name says.`,
      where: path,
    })
  })

  test('what can not be read is an error, not nothing', async () => {
    const path = join(run, envelopePath(digestFor('x')))
    await mkdir(path, { recursive: true })
    await expect(openFolderStore(run).get(digestFor('x'))).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: `Could not read ${path}: EISDIR.`,
      where: path,
      cause: expect.objectContaining({ code: 'EISDIR' }) as Error,
    })
  })

  test('a blob that can not be erased is an error', async () => {
    await mkdir(join(run, blobPath(digestFor('x'))), { recursive: true })
    await expect(openFolderStore(run).eraseBlob(digestFor('x'))).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: expect.stringContaining(`Could not write ${join(run, BLOBS)}: `) as string,
      where: join(run, BLOBS),
    })
  })
})

describe('listing', () => {
  test('an unfinished run gives its envelopes, and nothing else that lies there', async () => {
    const digests = Array.from({ length: 12 }, (_, index) => digestFor(String(index)))
    await mkdir(join(run, ENVELOPES), { recursive: true })
    for (const digest of digests) await writeFile(join(run, envelopePath(digest)), '{}')
    const hex = digestFor('other').slice(7)
    for (const name of [`.${hex}.json`, `x${hex}.json`, `${hex}.json.tmp`, `${hex}xjson`, 'note.txt']) {
      await writeFile(join(run, ENVELOPES, name), '{}')
    }
    expect([...(await openFolderStore(run).list())].sort()).toEqual(digests.sort())
  })

  test('an index that is damaged is an error', async () => {
    await mkdir(run, { recursive: true })
    await writeFile(join(run, BUNDLE_FILE), '{}')
    await expect(openFolderStore(run).list()).rejects.toMatchObject({
      code: 'EVIDENCE_STORE',
      message: `Could not list ${run}.`,
      where: run,
      cause: expect.any(Error) as Error,
    })
    await writeFile(join(run, BUNDLE_FILE), '')
    await expect(openFolderStore(run).list()).rejects.toMatchObject({ message: `Could not list ${run}.` })
  })

  test('a file where the folder should be is an error, and no folder is nothing', async () => {
    expect(await openFolderStore(run).list()).toEqual([])
    await mkdir(run, { recursive: true })
    await writeFile(join(run, ENVELOPES), '')
    await expect(openFolderStore(run).list()).rejects.toMatchObject({ code: 'EVIDENCE_STORE' })
  })
})
