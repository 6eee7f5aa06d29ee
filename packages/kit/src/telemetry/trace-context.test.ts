import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { formatTraceparent, parseTraceparent, parseTracestate } from './trace-context.ts'
import { Tracing } from './tracing.ts'

/**
 * The cases of W3C's own test suite for Trace Context (test/test.py of its repository, strictness 2), by their names. As
 * there, a service is called over HTTP with these headers and what it sends on is looked at: here a `node:http` server
 * answers with the headers of the calls it would make.
 */
const TRACE = '12345678901234567890123456789012'
const GOOD = `00-${TRACE}-1234567890123456-01`
const UNSAMPLED = `00-${TRACE}-1234567890123456-00`
const FORMAT = /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/

type Sent = [name: string, value: string][]
interface Calls {
  readonly traceparents: readonly string[]
  readonly tracestate: string
}

const tracing = new Tracing({ sampleRatio: 0.5 })
const server = createServer((incoming, response) => {
  const header = headersOf(incoming)
  const trace = tracing.begin(header('traceparent'), header('tracestate'))
  const calls: Calls = { traceparents: [1, 2, 3].map(() => trace.traceparent), tracestate: trace.tracestate }
  trace.end({ method: 'GET', route: '/', status: 200 })
  response.end(JSON.stringify(calls))
})

/** As `headersDistinct`: a header that came twice is a list. */
function headersOf(incoming: IncomingMessage): (name: string) => string | string[] | undefined {
  return (name) => incoming.headersDistinct[name]
}

let port = 0
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => void server.close())

function call(headers: Sent): Promise<Calls> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', agent: false })
    for (const name of new Set(headers.map(([one]) => one)))
      outgoing.setHeader(
        name,
        headers.filter(([one]) => one === name).map(([, value]) => value),
      )
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve(JSON.parse(body) as Calls))
    })
    outgoing.end()
  })
}

const continued = (calls: Calls): boolean => calls.traceparents.every((one) => one.slice(3, 35) === TRACE)
const parents = (calls: Calls): Set<string> => new Set(calls.traceparents.map((one) => one.slice(36, 52)))

describe('traceparent, W3C cases', () => {
  const accepted: Record<string, Sent[]> = {
    test_traceparent_included_tracestate_missing: [[['traceparent', GOOD]]],
    test_traceparent_header_name_valid_casing: ['TraceParent', 'TrAcEpArEnT', 'TRACEPARENT'].map((name) => [
      [name, GOOD],
    ]),
    test_traceparent_version_0xcc: [
      [['traceparent', GOOD.replace(/^00/, 'cc')]],
      [['traceparent', `${GOOD.replace(/^00/, 'cc')}-what-the-future-will-be-like`]],
    ],
    test_traceparent_ows_handling: [
      [['traceparent', ` ${GOOD}`]],
      [['traceparent', `\t${GOOD}`]],
      [['traceparent', `${GOOD} `]],
      [['traceparent', `${GOOD}\t`]],
      [['traceparent', `\t ${GOOD} \t`]],
    ],
  }
  const restarted: Record<string, Sent[]> = {
    test_both_traceparent_and_tracestate_missing: [[]],
    test_traceparent_duplicated: [
      [
        ['traceparent', GOOD.replace(TRACE, `${TRACE.slice(0, -1)}1`)],
        ['traceparent', GOOD],
      ],
    ],
    test_traceparent_header_name: [[['trace-parent', GOOD]], [['trace.parent', GOOD]]],
    test_traceparent_version_0x00: [
      [['traceparent', `${GOOD}.`]],
      [['traceparent', `${GOOD}-what-the-future-will-be-like`]],
    ],
    test_traceparent_version_0xcc: [[['traceparent', `${GOOD.replace(/^00/, 'cc')}.what-the-future-will-be-like`]]],
    test_traceparent_version_0xff: [[['traceparent', GOOD.replace(/^00/, 'ff')]]],
    test_traceparent_version_illegal_characters: [
      [['traceparent', GOOD.replace(/^00/, '.0')]],
      [['traceparent', GOOD.replace(/^00/, '0.')]],
    ],
    test_traceparent_version_too_long: [[['traceparent', `0${GOOD}`]], [['traceparent', `00${GOOD}`]]],
    test_traceparent_version_too_short: [[['traceparent', GOOD.slice(1)]]],
    test_traceparent_trace_id_all_zero: [[['traceparent', GOOD.replace(TRACE, '0'.repeat(32))]]],
    test_traceparent_trace_id_illegal_characters: [
      [['traceparent', GOOD.replace(TRACE, `.${TRACE.slice(1)}`)]],
      [['traceparent', GOOD.replace(TRACE, `${TRACE.slice(0, -1)}.`)]],
    ],
    test_traceparent_trace_id_too_long: [[['traceparent', GOOD.replace(TRACE, `${TRACE}3`)]]],
    test_traceparent_trace_id_too_short: [[['traceparent', GOOD.replace(TRACE, TRACE.slice(0, -1))]]],
    test_traceparent_parent_id_all_zero: [[['traceparent', `00-${TRACE}-0000000000000000-01`]]],
    test_traceparent_parent_id_illegal_characters: [
      [['traceparent', `00-${TRACE}-.234567890123456-01`]],
      [['traceparent', `00-${TRACE}-123456789012345.-01`]],
    ],
    test_traceparent_parent_id_too_long: [[['traceparent', `00-${TRACE}-12345678901234567-01`]]],
    test_traceparent_parent_id_too_short: [[['traceparent', `00-${TRACE}-123456789012345-01`]]],
    test_traceparent_trace_flags_illegal_characters: [
      [['traceparent', `00-${TRACE}-1234567890123456-.0`]],
      [['traceparent', `00-${TRACE}-1234567890123456-0.`]],
    ],
    test_traceparent_trace_flags_too_long: [[['traceparent', `00-${TRACE}-1234567890123456-001`]]],
    test_traceparent_trace_flags_too_short: [[['traceparent', `00-${TRACE}-1234567890123456-1`]]],
    // Not among theirs, but in the text of 3.2.2.
    upper_case: [
      [['traceparent', `00-${'A'.repeat(32)}-1234567890123456-01`]],
      [['traceparent', GOOD.replace(/^00/, 'CC')]],
    ],
  }
  it.each(Object.entries(accepted))('%s: goes on with the trace', async (_name, requests) => {
    for (const headers of requests) {
      const calls = await call(headers)
      expect(continued(calls)).toBe(true)
      expect(parents(calls).has('1234567890123456')).toBe(false)
      for (const traceparent of calls.traceparents) expect(traceparent).toMatch(FORMAT)
    }
  })
  it.each(Object.entries(restarted))('%s: begins another', async (_name, requests) => {
    for (const headers of requests) {
      const calls = await call(headers)
      for (const traceparent of calls.traceparents) {
        expect(traceparent).toMatch(FORMAT)
        expect(traceparent).not.toContain(TRACE.slice(0, 31))
        expect(traceparent.slice(3, 35)).not.toBe('0'.repeat(32))
      }
    }
  })
  it.each([
    ['test_multiple_requests_with_valid_traceparent', [['traceparent', GOOD]]],
    ['test_multiple_requests_without_traceparent', []],
    ['test_multiple_requests_with_illegal_traceparent', [['traceparent', GOOD.replace(TRACE, '0'.repeat(32))]]],
  ] as [string, Sent][])('%s: each call has an id of its own', async (_name, headers) => {
    expect(parents(await call(headers)).size).toBe(3)
  })
})

describe('tracestate, W3C cases', () => {
  const all = (...values: string[]): Sent => [
    ['traceparent', UNSAMPLED],
    ...values.map((value): Sent[number] => ['tracestate', value]),
  ]
  const members = (from: number, to: number): string =>
    Array.from({ length: to - from + 1 }, (_, index) => String(from + index).padStart(2, '0'))
      .map((n) => `bar${n}=${n}`)
      .join(',')
  const key = `${'abcdefghijklmnopqrstuvwxyz'}0123456789_-*/`
  const codes = (from: number, to: number): string =>
    String.fromCharCode(...Array.from({ length: to - from + 1 }, (_, index) => from + index))
  const value = codes(0x20, 0x2b) + codes(0x2d, 0x3c) + codes(0x3e, 0x7e)

  it.each([
    ['test_tracestate_included_traceparent_missing', [['tracestate', 'foo=1,bar=2']], ''],
    ['test_tracestate_included_traceparent_included', all('foo=1,bar=2'), 'foo=1,bar=2'],
    [
      'test_tracestate_header_name',
      [
        ['traceparent', UNSAMPLED],
        ['trace-state', 'foo=1'],
      ],
      '',
    ],
    [
      'test_tracestate_header_name_valid_casing',
      [
        ['traceparent', UNSAMPLED],
        ['TraceState', 'foo=1'],
      ],
      'foo=1',
    ],
    ['test_tracestate_empty_header', all(''), ''],
    ['test_tracestate_empty_header, after', all('foo=1', ''), 'foo=1'],
    ['test_tracestate_empty_header, before', all('', 'foo=1'), 'foo=1'],
    [
      'test_tracestate_multiple_headers_different_keys',
      all('foo=1,bar=2', 'rojo=1,congo=2', 'baz=3'),
      'foo=1,bar=2,rojo=1,congo=2,baz=3',
    ],
    ['test_tracestate_duplicated_keys', all('foo=1,foo=1'), ''],
    ['test_tracestate_duplicated_keys, other value', all('foo=1,foo=2'), ''],
    ['test_tracestate_duplicated_keys, two headers', all('foo=1', 'foo=1'), ''],
    ['test_tracestate_duplicated_keys, two headers, other value', all('foo=1', 'foo=2'), ''],
    ['test_tracestate_all_allowed_characters', all(`${key}=${value}`), `${key}=${value}`],
    ['test_tracestate_all_allowed_characters, vendor', all(`${key}@a-z0-9_-*/=${value}`), `${key}@a-z0-9_-*/=${value}`],
    ['test_tracestate_ows_handling', all('foo=1 \t , \t bar=2, \t baz=3'), 'foo=1,bar=2,baz=3'],
    ['test_tracestate_ows_handling, tabs', all('foo=1\t \t,\t \tbar=2,\t \tbaz=3'), 'foo=1,bar=2,baz=3'],
    ['test_tracestate_ows_handling, before', all(' foo=1'), 'foo=1'],
    ['test_tracestate_ows_handling, after', all('foo=1\t'), 'foo=1'],
    ['test_tracestate_ows_handling, around', all('\t foo=1 \t'), 'foo=1'],
    ['test_tracestate_key_illegal_characters, blank', all('foo =1'), ''],
    ['test_tracestate_key_illegal_characters, upper case', all('FOO=1'), ''],
    ['test_tracestate_key_illegal_characters, dot', all('foo.bar=1'), ''],
    ['test_tracestate_key_illegal_vendor_format, no system', all('foo@=1,bar=2'), ''],
    ['test_tracestate_key_illegal_vendor_format, no tenant', all('@foo=1,bar=2'), ''],
    ['test_tracestate_key_illegal_vendor_format, two signs', all('foo@@bar=1,bar=2'), ''],
    ['test_tracestate_key_illegal_vendor_format, three parts', all('foo@bar@baz=1,bar=2'), ''],
    ['test_tracestate_member_count_limit, 32', all(members(1, 10), members(11, 20), members(21, 32)), members(1, 32)],
    ['test_tracestate_member_count_limit, 33', all(members(1, 10), members(11, 20), members(21, 33)), ''],
    ['test_tracestate_key_length_limit, 256', all('foo=1', `${'z'.repeat(256)}=1`), `foo=1,${'z'.repeat(256)}=1`],
    ['test_tracestate_key_length_limit, 257', all('foo=1', `${'z'.repeat(257)}=1`), ''],
    [
      'test_tracestate_key_length_limit, 241 and 14',
      all('foo=1', `${'t'.repeat(241)}@${'v'.repeat(14)}=1`),
      `foo=1,${'t'.repeat(241)}@${'v'.repeat(14)}=1`,
    ],
    ['test_tracestate_key_length_limit, 242', all('foo=1', `${'t'.repeat(242)}@v=1`), ''],
    ['test_tracestate_key_length_limit, 15', all('foo=1', `t@${'v'.repeat(15)}=1`), ''],
    ['test_tracestate_value_illegal_characters, equals', all('foo=bar=baz'), ''],
    ['test_tracestate_value_illegal_characters, empty', all('foo=,bar=3'), ''],
    ['value of 257 characters', all(`foo=${'v'.repeat(257)}`), ''],
    ['empty members', all('foo=1,,bar=2,'), 'foo=1,bar=2'],
  ] as [string, Sent, string][])('%s', async (_name, headers, expected) => {
    expect((await call(headers)).tracestate).toBe(expected)
  })
})

describe('parsers', () => {
  // What is written is read back, and no input makes them throw or hand on what is not well formed.
  it('read what is written', () => {
    fc.assert(
      fc.property(
        fc.bigInt(1n, 2n ** 128n - 1n),
        fc.bigInt(1n, 2n ** 64n - 1n),
        fc.boolean(),
        fc.boolean(),
        (trace, span, sampled, random) => {
          const traceId = trace.toString(16).padStart(32, '0')
          const parentId = span.toString(16).padStart(16, '0')
          expect(parseTraceparent(formatTraceparent(traceId, parentId, sampled, random))).toEqual({
            traceId,
            parentId,
            sampled,
            random,
          })
        },
      ),
    )
  })
  it('take anything', () => {
    const near = fc.string({ unit: fc.constantFrom(...'0123456789abcdef-fF, \t.g'.split('')), maxLength: 80 })
    const state = fc.string({ unit: fc.constantFrom(...'az09=@,_-*/ \tA\u0000\u00e9'.split('')), maxLength: 200 })
    fc.assert(
      fc.property(
        fc.oneof(near, fc.string()),
        fc.oneof(state, fc.string()),
        fc.array(state, { maxLength: 4 }),
        (parent, one, list) => {
          const parsed = parseTraceparent(parent)
          const back = parsed === null ? '' : formatTraceparent(parsed.traceId, parsed.parentId, parsed.sampled)
          expect(back).toMatch(parsed === null ? /^$/ : FORMAT)
          const kept = parseTracestate(one)
          expect(parseTracestate(kept)).toBe(kept)
          expect(parseTracestate(list)).toBe(parseTracestate(list.join(',')))
        },
      ),
      { numRuns: 1000 },
    )
  })
  it('refuse endless ones', () => {
    expect(parseTraceparent(`cc${GOOD.slice(2)}-${'x'.repeat(1000)}`)).toBeNull()
    expect(parseTracestate(Array.from({ length: 20 }, (_, n) => `k${n}=${'v'.repeat(250)}`).join(','))).not.toBe('')
    expect(parseTracestate('a=1,'.repeat(3000))).toBe('')
  })
})
