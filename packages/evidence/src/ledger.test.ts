import { spawn } from 'node:child_process'
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { GreengateError } from '@greengate/contracts'
import { folderAnchor } from './anchor.ts'
import { diskWriter } from './files.ts'
import { openLedger, rootOfEntries } from './ledger.ts'
import { withLock } from './lock.ts'
import { consistencyProof, leafHash, verifyConsistency } from './merkle.ts'
import { readNote } from './note.ts'
import { createTestKey, digestFor, testSigner } from './testing.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const key = createTestKey()
const signer = testSigner(key)
const ORIGIN = 'greengate.example/test'
let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'greengate-ledger-'))
})
afterEach(() => rm(dir, { recursive: true, force: true }))
const ledger = () => openLedger(dir, ORIGIN)
const append = (...words: string[]) => ledger().append(() => words.map(digestFor), signer)
const failure = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'none',
    (error: unknown) => (error instanceof GreengateError ? `${error.code}: ${error.message}` : 'another error'),
  )

describe('appending', () => {
  test('keeps the order, says where, and signs all of it', async () => {
    expect((await append('a', 'b')).first).toBe(0)
    const second = await append('c')
    expect(second.first).toBe(2)
    expect(second.entries).toEqual(['a', 'b', 'c'].map(digestFor))
    const checkpoint = readNote(Buffer.from(second.note), [key.publicKey])
    expect(checkpoint).toMatchObject({ origin: ORIGIN, size: 3 })
    expect(checkpoint.root).toEqual(rootOfEntries(second.entries))
    expect(await ledger().read()).toEqual({ entries: second.entries, note: second.note, tornBytes: 0 })
    expect((await readdir(dir)).sort()).toEqual(['checkpoint', 'entries'])
  })

  test('old checkpoints are consistent with new ones', async () => {
    const first = await append('a', 'b', 'c')
    const second = await append('d', 'e')
    const [old, fresh] = [first, second].map((one) => readNote(Buffer.from(one.note), [key.publicKey]))
    const proof = consistencyProof(
      second.entries.map((entry) => leafHash(entry)),
      3,
    )
    expect(verifyConsistency(3, old?.root ?? Buffer.alloc(0), 5, fresh?.root ?? Buffer.alloc(0), proof)).toBe(true)
  })

  test('many at once leave no entry out', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, index) => append(`x${index}`, `y${index}`)))
    const { entries } = await ledger().read()
    expect(new Set(entries).size).toBe(24)
    for (let index = 0; index < 12; index++)
      expect(entries.indexOf(digestFor(`y${index}`))).toBe(entries.indexOf(digestFor(`x${index}`)) + 1)
  })

  test('processes exclude each other', async () => {
    const here = (name: string): string => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)))
    const program = `import { openLedger } from ${here('./ledger.ts')}
      import { createTestKey, digestFor, testSigner } from ${here('./testing.ts')}
      const signer = testSigner(createTestKey())
      for (let i = 0; i < 5; i++) await openLedger(${JSON.stringify(dir)}, ${JSON.stringify(ORIGIN)}).append(() => [digestFor(process.pid + ' ' + i)], signer)`
    const exits = await Promise.all(
      [1, 2, 3].map(
        () =>
          new Promise<number | null>((resolve) =>
            spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' }).on('exit', resolve),
          ),
      ),
    )
    expect(exits).toEqual([0, 0, 0])
    expect(new Set((await ledger().read()).entries).size).toBe(15)
  }, 30_000)
})

describe('crashes', () => {
  test('a torn last line is reported, and dropped by the next append', async () => {
    await append('a')
    await appendFile(join(dir, 'entries'), digestFor('torn').slice(0, 30))
    expect((await ledger().read()).tornBytes).toBe(30)
    expect((await append('b')).entries).toEqual(['a', 'b'].map(digestFor))
  })

  test('entries that nobody lived to sign stay, and are signed by the next append', async () => {
    await append('a')
    const dying = { signCheckpoint: () => Promise.reject(new GreengateError('SIGNER_FAILED', 'gone')) }
    expect(await failure(ledger().append(() => [digestFor('b')], dying))).toMatch(/^SIGNER_FAILED: .*gone/)
    expect((await append('c')).entries).toEqual(['a', 'b', 'c'].map(digestFor))
  })

  test('a full disk changes nothing', async () => {
    await append('a')
    const full = { ...diskWriter, append: () => Promise.reject(new GreengateError('EVIDENCE_STORE', 'full')) }
    expect(await failure(openLedger(dir, ORIGIN, full).append(() => [digestFor('b')], signer))).toMatch(
      /^EVIDENCE_STORE: .*full/,
    )
    expect((await ledger().read()).entries).toEqual([digestFor('a')])
  })
})

describe('damage is found before anything is appended', () => {
  test('cut short', async () => {
    await append('a', 'b')
    await truncate(join(dir, 'entries'), 72)
    expect(await failure(append('c'))).toMatch(/^LEDGER_INVALID: .*cut short/)
    await truncate(join(dir, 'entries'), 100)
    expect(await failure(ledger().read())).toMatch(/^LEDGER_INVALID: .*(?:cut short|not a digest)/)
  })

  test('altered', async () => {
    await append('a', 'b')
    await writeFile(join(dir, 'entries'), `${digestFor('x')}\n${digestFor('b')}\n`)
    expect(await failure(append('c'))).toMatch(/^LEDGER_INVALID: .*altered/)
    await writeFile(join(dir, 'entries'), `${digestFor('a').toUpperCase()}\n${digestFor('b')}\n`)
    expect(await failure(append('c'))).toMatch(/^LEDGER_INVALID: .*Line 1 .* not a digest/)
  })

  test('a checkpoint that is none, or of another ledger', async () => {
    await append('a')
    expect(await failure(openLedger(dir, 'another').read())).toMatch(/^LEDGER_INVALID: .*not another/)
    await writeFile(join(dir, 'checkpoint'), 'hello')
    expect(await failure(append('b'))).toMatch(/^LEDGER_INVALID: .*damaged/)
  })

  test.each(['', 'with space', 'a+b', 'a\nb', 'x'.repeat(201)])('a name that can not be one: %j', (origin) => {
    expect(() => openLedger(dir, origin)).toThrow(GreengateError)
  })
})

describe('the lock', () => {
  const path = () => join(dir, 'lock')
  const ended = async (): Promise<number> => {
    const child = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => child.on('exit', resolve))
    return child.pid ?? 0
  }

  test('of a process that is gone is taken over', async () => {
    await writeFile(path(), `${await ended()} 1 x\n`)
    expect(await withLock(path(), () => Promise.resolve('done'), 2000)).toBe('done')
    expect(await readdir(dir)).toEqual([])
  })

  test('of a process whose id belongs to another one now is taken over', async () => {
    await writeFile(path(), `${process.pid} 1 x\n`)
    expect(await withLock(path(), () => Promise.resolve('done'), 2000)).toBe('done')
  })

  test('that was never written is taken over when it is old', async () => {
    await writeFile(path(), '')
    await utimes(path(), 1, 1)
    expect(await withLock(path(), () => Promise.resolve('done'), 2000)).toBe('done')
  })

  test('is not stopped by a breaker that died', async () => {
    await writeFile(path(), `${await ended()} 1 x\n`)
    await writeFile(`${path()}.break`, '1\n')
    await utimes(`${path()}.break`, 1, 1)
    expect(await withLock(path(), () => Promise.resolve('done'), 2000)).toBe('done')
  })

  test('of a living process is waited for, not longer than said, and it names that process', async () => {
    await withLock(path(), async () => {
      expect(await failure(withLock(path(), () => Promise.resolve(), 60))).toMatch(
        new RegExp(`^EVIDENCE_STORE: .*process ${process.pid} `),
      )
    })
    expect(await readdir(dir)).toEqual([])
  })

  test('is given back when the work fails', async () => {
    await expect(withLock(path(), () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await readdir(dir)).toEqual([])
  })

  test('is taken by one of many at a time, a stale one first', async () => {
    await writeFile(path(), `${await ended()} 1 x\n`)
    let inside = 0
    let most = 0
    await Promise.all(
      Array.from({ length: 10 }, () =>
        withLock(path(), async () => {
          most = Math.max(most, ++inside)
          await readFile(path())
          inside--
        }),
      ),
    )
    expect(most).toBe(1)
  })
})

test('an anchor keeps the notes of each ledger', async () => {
  const anchor = folderAnchor(join(dir, 'anchor'))
  expect(await anchor.notes(ORIGIN)).toEqual([])
  const { note } = await append('a')
  expect(await anchor.publish(note)).toMatchObject({ kind: 'folder', origin: ORIGIN, size: 1 })
  await anchor.publish(note)
  expect(await anchor.notes(ORIGIN)).toEqual([note])
  expect(await anchor.notes('another')).toEqual([])
})
