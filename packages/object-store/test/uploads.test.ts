// Goal: an object is whole or not there, also after broken connections, crashes and damage to the disk.
// Method: uploads that stop, stall, race each other or outlive the process; files changed behind the store's back.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterEach, expect, it } from 'vitest'
import { ObjectClient, startObjectStore } from '../src/index.ts'
import { BUCKET, startTestStore, type TestStore } from './environment.ts'
import { KEYS, send, sendRaw, sendSigned, sha256, sign } from './signing.ts'

let test: TestStore
afterEach(() => test.end())

const path = `/${BUCKET}/kept`
const put = (body: Buffer | string, headers: Record<string, string> = {}) =>
  sendSigned(test.store.port, Date.now(), { method: 'PUT', path, body, headers })
const get = (headers: Record<string, string> = {}) => sendSigned(test.store.port, Date.now(), { path, headers })
const dataFile = async (): Promise<string> => (await test.files()).find((file) => !file.endsWith('.json')) ?? ''

/** The head of a signed PUT, to be followed by as much of the body as a test likes. */
function head(body: string, extra: Record<string, string> = {}): string {
  const headers = { host: `127.0.0.1:${test.store.port}`, 'content-length': String(body.length), ...extra }
  const signed = sign({ method: 'PUT', path, headers, payloadHash: sha256(body) }, Date.now())
  const lines = Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `PUT ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

it('an upload that stops half-way leaves what was there before, and no file', async () => {
  test = await startTestStore()
  await put('the first')
  const before = await test.files()
  const body = 'x'.repeat(100_000)
  for (const sent of [0, 1, 50_000, 99_999]) await sendRaw(test.store.port, head(body) + body.slice(0, sent), true)
  // Destroyed without a goodbye.
  await new Promise<void>((resolve) => {
    const socket = connect(test.store.port, '127.0.0.1', () => {
      socket.write(head(body) + body.slice(0, 70_000), () => socket.resetAndDestroy())
    })
    socket.on('error', () => {})
    socket.once('close', () => resolve())
  })
  expect((await get()).body).toBe('the first')
  await test.store.close()
  expect(await test.files()).toEqual(before)
})

it('a body that stalls is given up', async () => {
  test = await startTestStore({ bodyIdleMs: 50 })
  const body = 'x'.repeat(1000)
  const answer = await sendRaw(test.store.port, head(body) + body.slice(0, 10), false)
  expect(answer).toContain('<Code>RequestTimeout</Code>')
  expect(await test.files()).toEqual([])
})

it('a request that never ends is given up, however busily it drips', async () => {
  test = await startTestStore({ requestMs: 500 })
  const body = 'x'.repeat(100_000)
  const socket = connect(test.store.port, '127.0.0.1')
  socket.on('error', () => {}).on('data', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(head(body))
  const drip = setInterval(() => socket.write('x'), 20)
  await closed
  clearInterval(drip)
  await test.store.close()
  expect(await test.files()).toEqual([])
})

it('a caller who waits to be told is not told to send what is refused', async () => {
  test = await startTestStore({ objectBytesMax: 1000 })
  const large = 'x'.repeat(1001)
  const refused = await sendRaw(test.store.port, head(large, { expect: '100-continue' }), false)
  expect(refused).toMatch(/^HTTP\/1\.1 400 /)
  expect(refused).toContain('<Code>EntityTooLarge</Code>')
  const small = 'x'.repeat(1000)
  const answer = new Promise<string>((resolve) => {
    let text = ''
    const socket = connect(test.store.port, '127.0.0.1', () => socket.write(head(small, { expect: '100-continue' })))
    socket.on('data', (part) => {
      text += part.toString('latin1')
      if (text === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write(small)
      else if (text.includes('200 OK')) socket.destroy()
    })
    socket.on('error', () => {})
    socket.once('close', () => resolve(text))
  })
  expect(await answer).toContain('HTTP/1.1 200 OK')
})

it('a body without a length, or longer than it says, is refused', async () => {
  test = await startTestStore()
  const headers = { host: `127.0.0.1:${test.store.port}`, 'transfer-encoding': 'chunked' }
  const signed = sign({ method: 'PUT', path, headers, payloadHash: sha256('abc') }, Date.now())
  expect((await send(test.store.port, 'PUT', path, signed.headers, 'abc')).code).toBe('MissingContentLength')
  const unmarked = { host: headers.host, 'content-length': 'many' }
  const strange = sign({ method: 'PUT', path, headers: unmarked, payloadHash: sha256('') }, Date.now())
  expect(
    await sendRaw(
      test.store.port,
      `PUT ${path} HTTP/1.1\r\n${Object.entries(strange.headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
      false,
    ),
  ).toMatch(/^HTTP\/1\.1 400 /)
  expect(await test.files()).toEqual([])
})

it('puts of one key at the same time leave exactly one of them, and reads in between see whole ones', async () => {
  test = await startTestStore()
  const bodies = Array.from({ length: 24 }, () => randomBytes(60_000))
  const hashes = new Set(bodies.map((body) => sha256(body)))
  await put(bodies[0] ?? '')
  const writes = bodies.map((body) => put(body))
  const reads = bodies.map(() => get())
  expect((await Promise.all(writes)).map((answer) => answer.status)).toEqual(bodies.map(() => 200))
  for (const answer of await Promise.all(reads)) {
    expect(answer.status).toBe(200)
    expect(hashes).toContain(sha256(Buffer.from(answer.body, 'latin1')))
  }
  expect(hashes).toContain(sha256(Buffer.from((await get()).body, 'latin1')))
  expect(await test.files()).toHaveLength(2)
})

it('of many that want to make an object, one does', async () => {
  test = await startTestStore()
  const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => put(`body ${at}`, { 'if-none-match': '*' })))
  expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
  expect(answers.filter((answer) => answer.status === 412)).toHaveLength(11)
  expect(await test.files()).toHaveLength(2)
})

it('bytes that changed on disk are never served, and somebody is told', async () => {
  test = await startTestStore()
  await put('0123456789')
  expect((await get()).body).toBe('0123456789')
  await writeFile(await dataFile(), '0123456780')
  for (const headers of [{}, { range: 'bytes=0-1' }]) {
    const answer = await get(headers)
    expect([answer.status, answer.code]).toEqual([500, 'InternalError'])
  }
  const copy = { method: 'PUT', path: `${path}-copy`, headers: { 'x-amz-copy-source': `${BUCKET}/kept` } }
  expect((await sendSigned(test.store.port, Date.now(), copy)).status).toBe(500)
  expect(test.events.map((one) => one.event)).toEqual(['object_corrupt', 'object_corrupt', 'object_corrupt'])
  await appendFile(await dataFile(), 'more')
  expect((await get()).status).toBe(500)
  await unlink(await dataFile())
  expect((await get()).status).toBe(500)
  await put('healed')
  expect((await get()).body).toBe('healed')
})

it('a record that changed on disk is not believed, and a new object heals it', async () => {
  test = await startTestStore()
  await put('body', { 'content-type': 'image/png' })
  const record = (await test.files()).find((file) => file.endsWith('.json')) ?? ''
  await writeFile(record, (await readFile(record, 'utf8')).replace('image/png', 'text/html'))
  expect((await get()).status).toBe(500)
  await test.restart()
  expect((await get()).status).toBe(500)
  expect(await test.files()).toHaveLength(2)
  expect((await put('body', { 'if-none-match': '*' })).status).toBe(500)
  expect((await put('new')).status).toBe(200)
  expect((await get()).body).toBe('new')
  await test.restart()
  expect(await test.files()).toHaveLength(2)
})

it('a start clears what a crash left, and keeps the rest', async () => {
  test = await startTestStore()
  await put('kept')
  const data = await dataFile()
  await test.store.close()
  await writeFile(join(test.folder, 'buckets', BUCKET, 'tmp', 'half'), 'half an upload')
  await writeFile(`${data.slice(0, -32)}${'0'.repeat(32)}`, 'bytes whose record was never written')
  await test.restart()
  expect(await test.files()).toHaveLength(2)
  expect((await get()).body).toBe('kept')
})

it('one store at a time works on a folder', async () => {
  test = await startTestStore()
  await expect(startObjectStore({ folder: test.folder, port: 0, ...KEYS })).rejects.toThrow('has this folder open')
})

it('refuses what it would otherwise leave out', async () => {
  test = await startTestStore()
  for (const headers of [
    { 'x-amz-server-side-encryption': 'AES256' },
    { 'x-amz-tagging': 'a=b' },
    { 'x-amz-storage-class': 'GLACIER' },
    { 'if-none-match': '"tag"' },
  ])
    expect((await put('x', headers)).code).toBe('NotImplemented')
  expect((await put('x', { 'x-amz-acl': 'public-read' })).code).toBe('AccessControlListNotSupported')
  expect((await put('x', { 'x-amz-meta-long': 'x'.repeat(2100) })).code).toBe('MetadataTooLarge')
  expect((await put('x', { 'content-md5': 'short' })).code).toBe('InvalidDigest')
  expect((await put('x', { 'x-amz-checksum-crc32': 'AAAA' })).code).toBe('InvalidRequest')
  expect((await sendSigned(test.store.port, Date.now(), { path: `${path}?acl=` })).code).toBe('NotImplemented')
  expect((await sendSigned(test.store.port, Date.now(), { path: '/' })).code).toBe('NotImplemented')
  expect(await test.files()).toEqual([])
})

/** The store as a process of its own. */
function startProcess(folder: string): ChildProcessByStdio<null, Readable, null> {
  const env = {
    PATH: process.env['PATH'],
    PORT: '0',
    OBJECT_STORE_FOLDER: folder,
    S3_ACCESS_KEY_ID: KEYS.accessKeyId,
    S3_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
    S3_REGION: KEYS.region,
    OBJECT_STORE_BUCKETS: BUCKET,
  }
  const main = join(import.meta.dirname, '..', 'src', 'main.ts')
  return spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
}

async function portOf(child: ChildProcessByStdio<null, Readable, null>): Promise<number> {
  for await (const line of child.stdout) return Number(/:(\d+)"/.exec(String(line))?.[1])
  throw new Error('it said nothing')
}

it('holds no more of an object in memory than is on its way to the disk', async () => {
  test = await startTestStore()
  const child = startProcess(join(test.folder, 'process'))
  try {
    const port = await portOf(child)
    const piece = randomBytes(1024 * 1024)
    const pieces = 256
    const hash = createHash('sha256')
    for (let at = 0; at < pieces; at += 1) hash.update(piece)
    async function* body(): AsyncGenerator<Buffer> {
      for (let at = 0; at < pieces; at += 1) yield piece
    }
    const client = new ObjectClient({ endpoint: `http://127.0.0.1:${port}`, bucket: BUCKET, ...KEYS })
    await client.put({
      key: 'large',
      size: pieces * piece.length,
      sha256: hash.digest('hex'),
      headers: {},
      body: body(),
    })
    let bytes = 0
    for await (const part of (await client.get('large')).body) bytes += part.length
    expect(bytes).toBe(pieces * piece.length)
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
    // All of it is 256 MiB, without the program itself.
    expect(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1])).toBeLessThan(256 * 1024)
  } finally {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
  }
})

it('runs by its environment, and a kill in the middle of an upload leaves nothing for long', async () => {
  test = await startTestStore()
  const folder = await mkdtemp(join(tmpdir(), 'object-store-process-'))
  const start = () => startProcess(folder)
  const ended = (child: ReturnType<typeof start>) => new Promise((resolve) => child.once('exit', resolve))
  const first = start()
  try {
    const port = await portOf(first)
    const host = `127.0.0.1:${port}`
    const headers = { host, 'content-length': '1000' }
    const signed = sign({ method: 'PUT', path, headers, payloadHash: sha256('x'.repeat(1000)) }, Date.now())
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(
      `PUT ${path} HTTP/1.1\r\n${Object.entries(signed.headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\nhalf`,
    )
    // Its temporary file is there when another request has been answered after it.
    await sendSigned(port, Date.now(), { method: 'PUT', path: `${path}-too`, body: 'whole' })
    const gone = ended(first)
    first.kill('SIGKILL')
    await gone
    socket.destroy()
  } finally {
    first.kill('SIGKILL')
  }
  const second = start()
  try {
    const port = await portOf(second)
    expect((await sendSigned(port, Date.now(), { path: `${path}-too` })).body).toBe('whole')
    expect((await sendSigned(port, Date.now(), { path })).code).toBe('NoSuchKey')
    const gone = ended(second)
    second.kill('SIGTERM')
    expect(await gone).toBe(0)
  } finally {
    second.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
})
