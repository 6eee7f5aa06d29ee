// Goal: any key is a name, never a way to somewhere else, and lists say exactly what is there.
// Method: arbitrary keys, wild ones among them, over the wire; the list index against a plain model.
import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uriEncode } from '../src/canonical-request.ts'
import { KeyIndex } from '../src/key-index.ts'
import { BUCKET, startTestStore, type TestStore } from './environment.ts'
import { sendSigned, send } from './signing.ts'

let test: TestStore
beforeAll(async () => {
  test = await startTestStore()
})
afterAll(() => test.end())

const wild = fc.constantFrom(
  '../'.repeat(8) + 'etc/x',
  '..',
  '.',
  '//',
  'a/',
  '/a',
  'a\\..\\b',
  'x'.repeat(1024),
  '%2e%2e',
  'a+b c',
  'é',
  '\u{1f4a9}',
  '*?<>|:"',
  '\r\n',
  'a=b&c',
  '~-._',
)
const keys = fc
  .oneof(
    wild,
    fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
    fc.tuple(wild, wild).map((two) => two.join('/')),
  )
  .filter((key) => Buffer.byteLength(key) <= 1024 && !key.includes('\0'))

const addressOf = (key: string): string => `/${BUCKET}/${key.split('/').map(uriEncode).join('/')}`

describe('keys', () => {
  it('of any kind come back as they are, and stay in the folder', async () => {
    await fc.assert(
      fc.asyncProperty(keys, fc.uint8Array({ maxLength: 50 }), async (key, bytes) => {
        const path = addressOf(key)
        const body = Buffer.from(bytes)
        const put = await sendSigned(test.store.port, Date.now(), { method: 'PUT', path, body })
        expect(put.status).toBe(200)
        const got = await sendSigned(test.store.port, Date.now(), { path })
        expect(Buffer.from(got.body, 'latin1')).toEqual(body)
        const listing = `/${BUCKET}?encoding-type=url&list-type=2&prefix=${uriEncode(key)}`
        const list = await sendSigned(test.store.port, Date.now(), { path: listing })
        const listed = [...list.body.matchAll(/<Key>([^<]*)<\/Key>/g)].map((match) =>
          decodeURIComponent(match[1] ?? ''),
        )
        expect(listed).toContain(key)
        expect((await sendSigned(test.store.port, Date.now(), { method: 'DELETE', path })).status).toBe(204)
        expect((await sendSigned(test.store.port, Date.now(), { path })).code).toBe('NoSuchKey')
      }),
      { numRuns: 60 },
    )
    expect(await test.files()).toEqual([])
    const top = await readdir(join(test.folder, '..'))
    expect(top).not.toContain('etc')
    const all = await readdir(test.folder, { recursive: true })
    for (const name of all)
      expect(relative(test.folder, join(test.folder, name))).toMatch(
        /^buckets(?:\/tests(?:\/(?:tmp|objects(?:\/[0-9a-f]{2})?))?)?$/,
      )
  })

  it('that are none are refused before anything else', async () => {
    const get = (path: string) => send(test.store.port, 'GET', path, { host: 'a' })
    expect((await get(`/${BUCKET}/a%00b`)).code).toBe('InvalidURI')
    expect((await get(`/${BUCKET}/%ff`)).code).toBe('InvalidURI')
    expect((await get(`/${BUCKET}/%zz`)).code).toBe('InvalidURI')
    expect((await get(`http://other/${BUCKET}/a`)).code).toBe('InvalidURI')
    expect((await get(`/${BUCKET}/${'x'.repeat(1025)}`)).code).toBe('KeyTooLongError')
    expect((await get(`/${BUCKET}/media/../uploads/x`)).code).toBe('NoSuchKey')
    for (const bucket of ['..', '%2e%2e', 'UPPER', 'a', 'a..b', '-abc', 'x'.repeat(64)]) {
      const answer = await sendSigned(test.store.port, Date.now(), { method: 'PUT', path: `/${bucket}` })
      expect([bucket, answer.code]).toEqual([
        bucket,
        bucket.startsWith('%') ? 'SignatureDoesNotMatch' : 'InvalidBucketName',
      ])
    }
  })
})

describe('the index', () => {
  const names = fc.uniqueArray(
    fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '\u{1f600}', '\uffee'), minLength: 1, maxLength: 6 }),
    { maxLength: 25 },
  )

  it('pages through what a plain model holds, in the order of bytes, each group once', () => {
    fc.assert(
      fc.property(
        names,
        names,
        fc.constantFrom('', 'a', 'a/', 'é'),
        fc.constantFrom('', '/', 'b/'),
        fc.integer({ min: 1, max: 4 }),
        (all, gone, prefix, delimiter, max) => {
          const index = new KeyIndex()
          for (const key of all) index.set({ key, size: 0, md5: '', modifiedMs: 0 })
          for (const key of gone) index.delete(key)
          const bytewise = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other))
          const expected = [
            ...new Set(
              all
                .filter((key) => !gone.includes(key) && key.startsWith(prefix))
                .sort(bytewise)
                .map((key) => {
                  const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
                  return end < 0 ? key : key.slice(0, end + delimiter.length)
                }),
            ),
          ]
          const seen: string[] = []
          let after = ''
          for (let pages = 0; ; pages += 1) {
            expect(pages).toBeLessThan(40)
            const page = index.list({ prefix, delimiter, after, max })
            const entries = [...page.objects.map((one) => one.key), ...page.commonPrefixes]
            expect(entries.length).toBeLessThanOrEqual(max)
            seen.push(...entries.sort(bytewise))
            if (page.next === null) break
            after = page.next
          }
          expect(seen).toEqual(expected)
        },
      ),
    )
  })
})
