import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, GreengateError, invariant } from '@greengate/contracts'
import {
  BLOBS,
  type Bundle,
  BUNDLE_FILE,
  blobPath,
  bundleSchema,
  ENVELOPES,
  envelopePath,
  KEYS,
  LEDGER_CHECKPOINT,
  LEDGER_ENTRIES,
} from './bundle.ts'
import { canonicalize, digestOfBytes, strictParse } from './canonical.ts'
import { type Envelope, encodeEnvelope } from './dsse.ts'
import { diskWriter, type FileWriter, storeError, systemCode } from './files.ts'
import type { PublicKey } from './keyid.ts'
import type { CheckpointSigner, Ledger } from './ledger.ts'

/** What makes a finished bundle of what was put. */
export interface SealOptions {
  readonly runId: string
  readonly subject: { readonly name: string; readonly digest: string }
  readonly ledger: Ledger
  readonly signer: CheckpointSigner
  /** Public keys that signed, to be kept beside the evidence. */
  readonly keys: readonly Pick<PublicKey, 'keyid' | 'pem'>[]
}

/** Keeps the evidence of one run. Envelopes and blobs are known by their digest; putting one twice is putting it once. */
export interface EvidenceStore {
  /** @throws GreengateError EVIDENCE_STORE */
  put(envelope: Envelope): Promise<Digest>
  /** Null: there is none. @throws GreengateError EVIDENCE_STORE, EVIDENCE_INVALID if it has another digest now. */
  get(digest: string): Promise<Uint8Array | null>
  /** Digests of envelopes: in the order in which they were put once sealed, else in any. */
  list(): Promise<readonly Digest[]>
  putBlob(bytes: Uint8Array): Promise<Digest>
  getBlob(digest: string): Promise<Uint8Array | null>
  /** Removes a blob; its digest stays in the ledger. Idempotent. */
  eraseBlob(digest: string): Promise<void>
  /**
   * Writes the index and enters everything into the ledger. Until it has returned, what is there does not verify.
   * Nothing can be put afterwards.
   */
  seal(options: SealOptions): Promise<Bundle>
}

/**
 * A store in a folder of its own: see bundle.ts for the files in it.
 *
 * @throws GreengateError EVIDENCE_STORE if the folder can't be created, or holds a finished bundle already.
 */
export async function createFolderStore(dir: string, writer: FileWriter = diskWriter): Promise<EvidenceStore> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const names = await readdir(dir)
    if (names.includes(BUNDLE_FILE)) {
      throw new GreengateError('EVIDENCE_STORE', `${dir} holds the evidence of another run.`, {
        where: dir,
        fix: 'Use a new folder for each run.',
      })
    }
  } catch (error) {
    throw storeError(dir, error)
  }
  return folderStore(dir, writer)
}

/** A store for reading what is in a folder. */
export function openFolderStore(dir: string): Pick<EvidenceStore, 'get' | 'list' | 'getBlob' | 'eraseBlob'> {
  return folderStore(dir, diskWriter)
}

/** What was put, in order, and when it is on the disk: whoever puts it again waits for the same write. */
type Kept = Map<Digest, Promise<void>>

function folderStore(dir: string, writer: FileWriter): EvidenceStore {
  const envelopes: Kept = new Map()
  const blobs: Kept = new Map()
  let sealed = false
  const keep = async (kept: Kept, bytes: Uint8Array, pathOf: (digest: string) => string): Promise<Digest> => {
    invariant(!sealed, 'nothing is put into a sealed store')
    const digest = digestOfBytes(bytes)
    const written = kept.get(digest) ?? writer.replace(join(dir, pathOf(digest)), bytes)
    // Its place in the order is taken before it is written, so that concurrent puts keep the order of the calls.
    kept.set(digest, written)
    try {
      await written
    } catch (error) {
      kept.delete(digest)
      throw error
    }
    return digest
  }
  return {
    put: (envelope) => keep(envelopes, encodeEnvelope(envelope), envelopePath),
    get: (digest) => load(join(dir, envelopePath(digest)), digest),
    list: () => (envelopes.size > 0 ? Promise.resolve([...envelopes.keys()]) : listFolder(dir)),
    putBlob: (bytes) => keep(blobs, bytes, blobPath),
    getBlob: (digest) => load(join(dir, blobPath(digest)), digest),
    async eraseBlob(digest) {
      await rm(join(dir, blobPath(digest)), { force: true }).catch((error: unknown) => {
        throw storeError(join(dir, BLOBS), error)
      })
    },
    async seal(options) {
      invariant(!sealed, 'a store is sealed once')
      sealed = true
      return sealFolder(dir, writer, [...envelopes.keys()], [...blobs.keys()], options)
    },
  }
}

async function sealFolder(
  dir: string,
  writer: FileWriter,
  envelopes: Digest[],
  blobs: Digest[],
  options: SealOptions,
): Promise<Bundle> {
  for (const key of options.keys) await writer.replace(join(dir, KEYS, `${key.keyid}.pem`), key.pem)
  let bundle: Bundle | undefined
  const appended = await options.ledger.append(async (first) => {
    bundle = {
      schema: 'greengate/bundle/v1',
      runId: options.runId,
      subject: { name: options.subject.name, digest: options.subject.digest },
      ledger: { origin: options.ledger.origin, first },
      envelopes,
      blobs,
    }
    const index = canonicalize(bundle)
    // The index is on the disk before the ledger speaks of it; without a checkpoint beside it, it proves nothing yet.
    await writer.replace(join(dir, BUNDLE_FILE), index)
    return [...envelopes, digestOfBytes(index)]
  }, options.signer)
  invariant(bundle, 'the ledger asked for its entries')
  await writer.replace(join(dir, LEDGER_ENTRIES), appended.entries.map((entry) => `${entry}\n`).join(''))
  // Last of all: a bundle without its checkpoint is refused, so a half-written one never verifies.
  await writer.replace(join(dir, LEDGER_CHECKPOINT), appended.note)
  return bundle
}

async function load(path: string, digest: string): Promise<Uint8Array | null> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw new GreengateError('EVIDENCE_STORE', `Could not read ${path}: ${systemCode(error)}.`, {
      where: path,
      cause: error,
    })
  }
  if (digestOfBytes(bytes) !== digest) {
    throw new GreengateError('EVIDENCE_INVALID', `${path} does not have the digest that its name says.`, {
      where: path,
    })
  }
  return bytes
}

async function listFolder(dir: string): Promise<Digest[]> {
  try {
    const index = await readFile(join(dir, BUNDLE_FILE)).catch(() => undefined)
    if (index) return bundleSchema.parse(strictParse(index)).envelopes as Digest[]
    const names = await readdir(join(dir, ENVELOPES))
    return names
      .filter((name) => /^[0-9a-f]{64}\.json$/.test(name))
      .map((name): Digest => `sha256:${name.slice(0, 64)}`)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw new GreengateError('EVIDENCE_STORE', `Could not list ${dir}.`, { where: dir, cause: error })
  }
}
