// Goal: the smoke run tells what is broken, writes nothing unless asked, and means what Postman means by the same file.
// Method: the collection of the kit and small ones, against a small server; each script is also run as the JavaScript it is.
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, parseAssertion, problemOf } from '../../src/smoke/assertion.ts'
import { filledIn, readCollection } from '../../src/smoke/collection.ts'
import { runCollection } from '../../src/smoke/run.ts'
import { smoke } from '../../src/smoke.ts'

const file = join(import.meta.dirname, '../../../operations/smoke.postman_collection.json')
const collection = readCollection(readFileSync(file, 'utf8'))

let server: Server
let baseUrl = ''
const seen: string[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.cookie ?? ''}`.trim())
    if (request.url === '/slow') return
    if (request.url === '/cookie')
      response.setHeader('set-cookie', request.method === 'DELETE' ? 's=; Max-Age=0' : 's=1; HttpOnly')
    response.setHeader('x-kind', 'Small').end('{"a":{"b":[1,{"c":"x"}]},"n":null}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** As little of Postman as the scripts ask for, with chai's meaning of its words. */
function postmanAgrees(line: string, answer: Answer, kept: Map<string, string>): boolean {
  const expectations = (value: unknown) => {
    const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
    const must = (yes: boolean): void => {
      if (!yes) throw new Error('not so')
    }
    const a = (wanted: string): void => must(type === wanted)
    return {
      to: {
        // Across the border of the context only the values are the same, not their prototypes.
        eql: (wanted: unknown) => must(isDeepStrictEqual(value, structuredClone(wanted))),
        be: { a, an: a },
        match: (pattern: RegExp) => must(typeof value === 'string' && pattern.test(value)),
        include: (text: string) => must(typeof value === 'string' && value.includes(text)),
      },
    }
  }
  let passed = true
  const pm = {
    test: (_title: string, body: () => void) => {
      try {
        body()
      } catch {
        passed = false
      }
    },
    expect: expectations,
    collectionVariables: { set: (name: string, value: unknown) => kept.set(name, String(value)) },
    response: {
      json: () => JSON.parse(answer.text) as unknown,
      text: () => answer.text,
      headers: { get: (name: string) => answer.headers[name.toLowerCase()] },
      to: { have: { status: (status: number) => expectations(answer.status).to.eql(status) } },
    },
  }
  runInNewContext(line, { pm })
  return passed
}

describe('a line of a script', () => {
  const answer: Answer = {
    status: 200,
    headers: { 'x-kind': 'Small' },
    text: '{"a":{"b":[1,{"c":"x"}]},"n":null,"id":7,"yes":true}',
  }
  const json = 'pm.response.json()'
  const t = (what: string): string => `pm.test("t", () => pm.expect(${what}));`
  it.each<[string, boolean]>([
    ['pm.test("t", () => pm.response.to.have.status(200));', true],
    ['pm.test("t", () => pm.response.to.have.status(204));', false],
    [t(`${json}.a.b[0]).to.eql(1`), true],
    [t(`${json}.a.b[1]).to.eql({"c":"x"}`), true],
    [t(`${json}.a.b).to.eql([1]`), false],
    [t(`${json}.missing).to.eql(null`), false],
    [t(`${json}.n).to.eql(null`), true],
    [t(`${json}.n.deeper).to.eql(1`), false],
    [t(`${json}.a.b).to.be.an("array"`), true],
    [t(`${json}.a).to.be.an("array"`), false],
    [t(`${json}.yes).to.be.a("boolean"`), true],
    [t(`${json}.n).to.be.a("null"`), true],
    [t('pm.response.headers.get("X-Kind")).to.match(/^small$/i'), true],
    [t('pm.response.headers.get("x-other")).to.match(/./'), false],
    [t('pm.response.text()).to.include("\\"c\\""'), true],
    [t('pm.response.text()).to.include("y!"'), false],
  ])('%s: %s, for Postman, too', (line, passes) => {
    expect(problemOf(parseAssertion(line), answer, new Map()) === null).toBe(passes)
    expect(postmanAgrees(line, answer, new Map())).toBe(passes)
  })

  it('keeps what later requests need', () => {
    const line = 'pm.collectionVariables.set("token", pm.response.json().id);'
    const [ours, postmans] = [new Map<string, string>(), new Map<string, string>()]
    expect(problemOf(parseAssertion(line), answer, ours)).toBeNull()
    postmanAgrees(line, answer, postmans)
    expect(ours).toEqual(postmans)
    const missing = parseAssertion('pm.collectionVariables.set("token", pm.response.json().a);')
    expect(problemOf(missing, answer, ours)).toContain('no value')
  })

  it('that is not JSON is told', () => {
    const line = parseAssertion(t(`${json}.a).to.eql(1`))
    expect(problemOf(line, { ...answer, text: '<html>' }, new Map())).toBe('is no JSON')
  })

  it.each([
    'console.log(1)',
    t(`${json}.a()).to.eql(1`),
    t(`${json}.a).to.be.a("date"`),
    t(`${json}.a).to.match("x"`),
    t('pm.response.text()).to.include(1'),
    'pm.test("t", () => pm.response.to.have.status(200)); pm.sendRequest("x");',
  ])('is refused when it says more: %s', (line) => expect(() => parseAssertion(line)).toThrow(SyntaxError))
})

describe('the collection', () => {
  it('covers every main flow, and says a status everywhere', () => {
    const folders = new Set(collection.requests.map((one) => one.folder))
    expect([...folders]).toEqual(['Gateway', 'Pages', 'Content', 'Platform', 'Refused', 'Signed in', 'Writes'])
    expect(collection.requests.length).toBeGreaterThan(30)
  })

  it('writes nothing unless it is asked to', () => {
    const always = collection.requests.filter((one) => one.onlyWith === null)
    // Both are refused before anything is done.
    const expected = ['a body that is no JSON', 'maintenance from outside', 'the reaper of media from outside']
    expect(always.filter((one) => one.method !== 'GET').map((one) => one.name)).toEqual(expected)
    expect(collection.variables).toMatchObject({ signedIn: 'no', writes: 'no', password: '', token: '' })
  })

  it('holds scripts that are JavaScript', () => {
    const text = JSON.parse(readFileSync(file, 'utf8')) as {
      item: { item: { event: { script: { exec: string[] } }[] }[] }[]
    }
    const lines = text.item.flatMap((folder) => folder.item.flatMap((one) => one.event[0]?.script.exec ?? []))
    const answer: Answer = { status: 200, headers: {}, text: '{}' }
    const expectations = lines.filter((line) => !line.startsWith('pm.collectionVariables'))
    const ours = expectations.map((line) => problemOf(parseAssertion(line), answer, new Map()) === null)
    expect(expectations.map((line) => postmanAgrees(line, answer, new Map()))).toEqual(ours)
  })

  it('is refused when its scripts say more than the runner does, or nothing', () => {
    const text = readFileSync(file, 'utf8')
    expect(() => readCollection(text.replace('pm.execution.skipRequest();', 'pm.sendRequest();'))).toThrow(SyntaxError)
    expect(() => readCollection(text.replaceAll(/"pm\.test\(\\"status.*/g, ''))).toThrow(SyntaxError)
    expect(() => readCollection(text.replace('v2.1.0', 'v2.0.0'))).toThrow('schema')
    expect(() => filledIn('{{token}}', new Map([['token', '']]))).toThrow('token has no value')
  })
})

describe('a run', () => {
  const request = (method: string, path: string, line: string) => ({
    folder: 'f',
    name: path,
    method,
    url: `{{baseUrl}}${path}`,
    headers: {},
    body: null,
    assertions: [parseAssertion(line)],
    onlyWith: null,
  })
  const ok = 'pm.test("t", () => pm.response.to.have.status(200));'

  it('tells what passed, what failed and why, and what never answered', async () => {
    const bad = 'pm.test("t", () => pm.expect(pm.response.json().a.b[0]).to.eql(2));'
    const results = await runCollection(
      {
        name: 'small',
        variables: {},
        requests: [request('GET', '/a', ok), request('GET', '/b', bad), request('GET', '/slow', ok)],
      },
      { baseUrl, timeoutMs: 300 },
    )
    expect(results.map((one) => one.outcome)).toEqual(['passed', 'failed', 'failed'])
    expect(results[1]?.problems).toEqual(['$.a.b.0 is 1, not 2'])
    expect(results[2]?.problems).toEqual(['no whole answer in 300 ms'])
  })

  it('keeps cookies as a browser does', async () => {
    seen.length = 0
    const requests = ['POST', 'GET', 'DELETE', 'GET'].map((method) => request(method, '/cookie', ok))
    await runCollection({ name: 'small', variables: {}, requests }, { baseUrl })
    expect(seen).toEqual(['POST /cookie', 'GET /cookie s=1', 'DELETE /cookie s=1', 'GET /cookie'])
  })

  it('is refused with 64 for arguments that make no sense, and ends with 1 for a platform that is not there', async () => {
    let said = ''
    const run = (...args: string[]): Promise<number> => smoke(args, {}, (text) => (said += text))
    expect(await run()).toBe(64)
    expect(await run('--url', 'ftp://x')).toBe(64)
    expect(await run('--url', baseUrl, '--writes')).toBe(64)
    expect(await run('--url', baseUrl, '--email', 'a@b.test')).toBe(64)
    expect(said).toContain('SMOKE_PASSWORD')
    expect(await run('--url', 'http://127.0.0.1:1')).toBe(1)
    expect(said).toContain('0 passed')
    expect(said).toMatch(/left out {2}Writes \/ sign in/)
  })
})
