import { spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { runInRequest } from '../context/request-context.ts'
import { captureLogs, captureSpans, DescriptorDestination, Logger, Redactor, reportOnce, wasReported } from './index.ts'
import { quote, TimeText } from './json-text.ts'
import type { LogDestination } from './log-destination.ts'

/** Any UTF-16, lone surrogates included. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 40 }).map((codes) => String.fromCharCode(...codes))

const folder = mkdtempSync(join(tmpdir(), 'kit-logger-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

class Kept implements LogDestination {
  readonly batches: string[] = []
  dropped = 0
  write(lines: string): void {
    this.batches.push(lines)
  }
  flushSync(): void {
    this.batches.push('sync')
  }
  async flush(): Promise<void> {
    this.batches.push('flush')
  }
}

describe('Logger', () => {
  it('writes the lines of one turn together, and fatal ones at once', async () => {
    const destination = new Kept()
    const logger = new Logger({ service: 's', destination })
    for (let index = 0; index < 5; index++) logger.log('info', 'tick', { index })
    expect(destination.batches).toEqual([])
    await new Promise((resolve) => setImmediate(resolve))
    expect(destination.batches).toHaveLength(1)
    expect(destination.batches[0]?.split('\n')).toHaveLength(6)
    logger.log('fatal', 'over')
    expect(destination.batches.slice(1)).toEqual([expect.stringContaining('"over"'), 'sync'])
    for (let index = 0; index < 200; index++) logger.log('info', 'much', { text: 'x'.repeat(200) })
    // A turn that logs without end does not fill the memory.
    expect(destination.batches.length).toBeGreaterThan(3)
    await logger.flush()
    expect(destination.batches.at(-1)).toBe('flush')
  })

  it('takes the correlation id and the recorded trace of the request under way', () => {
    const { logger, records } = captureLogs()
    const { tracing } = captureSpans()
    const trace = tracing.begin(undefined)
    runInRequest({ correlationId: 'corr-12345', deadline: null, trace }, () => {
      logger.log('info', 'inside', { actor: 'user:1', duration_ms: 1.5 })
      logger.log('info', 'given', { correlation_id: 'other-1234' })
    })
    logger.log('info', 'outside')
    expect(records()).toMatchObject([
      { correlation_id: 'corr-12345', actor: 'user:1', duration_ms: 1.5, trace_id: trace.traceId },
      { correlation_id: 'other-1234', actor: 'system' },
      { correlation_id: null, duration_ms: 0 },
    ])
    expect(records()[2]).not.toHaveProperty('trace_id')
  })

  it('lets no field stand in for a standard member, and leaves out what JSON can not say', () => {
    const { logger, records, lines } = captureLogs({ nowMs: () => 1_000 })
    logger.log('warn', 'x', {
      time: 1,
      level: 'fatal',
      event: 'y',
      service: 'z',
      gone: undefined,
      f: () => 1,
      n: Number.NaN,
      big: 10n,
      ['a"b']: 1,
      nothing: null,
    })
    expect(lines[0]?.match(/"level"/g)).toHaveLength(1)
    expect(records()[0]).toEqual({
      time: '1970-01-01T00:00:01.000Z',
      level: 'warn',
      event: 'x',
      service: 'test',
      correlation_id: null,
      actor: 'system',
      duration_ms: 0,
      time_: 1,
      level_: 'fatal',
      event_: 'y',
      service_: 'z',
      n: null,
      big: '10',
      'a"b': 1,
      nothing: null,
    })
  })

  it('redacts every field, also those of children and templates', () => {
    const { logger, lines } = captureLogs({ redactor: new Redactor(['known-secret']) })
    const child = logger.child({ tenant: 't-1', password: 'p4ssw0rd', note: 'known-secret', actor: 'job:sweep' })
    child.log('info', 'a known-secret event', { error: new Error('token=p4ssw0rd'), url: 'https://x:p4ssw0rd@y' })
    child
      .requestLine('GET', '/known-secret')
      .log('corr-1234', 'Bearer p4ssw0rd', 1.234567, 200, { api_key: 'p4ssw0rd' }, 'a'.repeat(32))
    const text = lines.join('')
    expect(text).not.toMatch(/p4ssw0rd|known-secret/)
    expect(text.match(/"tenant":"t-1"/g)).toHaveLength(2)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ actor: 'job:sweep' })
  })

  it('writes the request line with level by status, whatever is in its parts', () => {
    const { logger, records } = captureLogs({ nowMs: () => 12_345 })
    const line = logger.requestLine('GET', '/v1/orders/{id}')
    line.log('corr-1234', 'user:7', 1.23456, 200)
    line.log('corr-1235', 'a"\n\u2028\ud800', 0, 503, { error: new Error('x') })
    expect(records()[0]).toEqual({
      time: '1970-01-01T00:00:12.345Z',
      level: 'info',
      event: 'http_request',
      service: 'test',
      correlation_id: 'corr-1234',
      actor: 'user:7',
      duration_ms: 1.23,
      method: 'GET',
      route: '/v1/orders/{id}',
      status: 200,
    })
    expect(records()[1]).toMatchObject({ level: 'error', actor: 'a"\n\u2028\ud800', error: { message: 'x' } })
    const quiet = captureLogs({ level: 'error' })
    quiet.logger.requestLine('GET', '/').log('corr-1234', 'x', 1, 200)
    expect(quiet.lines).toEqual([])
    expect(quiet.logger.isEnabled('warn')).toBe(false)
  })

  it('writes one line of valid JSON for any event and fields', () => {
    const { logger, lines, clear } = captureLogs()
    fc.assert(
      fc.property(anyText, fc.dictionary(anyText, fc.anything()), (event, fields) => {
        clear()
        logger.log('info', event, fields)
        expect(lines).toHaveLength(1)
        expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1)
        expect(JSON.parse(lines[0] ?? '')).toHaveProperty('service', 'test')
      }),
      { numRuns: 500 },
    )
    logger.log(
      'info',
      'x',
      Object.defineProperty({}, 'boom', {
        enumerable: true,
        get: () => {
          throw new Error('x')
        },
      }) as Record<string, unknown>,
    )
    expect(lines.at(-1)).toContain('"boom":"[unreadable]"')
  })

  it('reports an error once, wrapped or bare', () => {
    const { logger, records } = captureLogs()
    const cause = new Error('cause')
    expect(logger.report('first', new Error('outer', { cause }))).toBe(true)
    expect(logger.report('again', cause)).toBe(false)
    expect(logger.report('wrapped again', new Error('another', { cause }))).toBe(false)
    expect(logger.report('other', new Error('cause'), { job: 'x' })).toBe(true)
    expect(records().map((record) => record['event'])).toEqual(['first', 'other'])
    expect(wasReported(cause)).toBe(true)
    const endless: { cause?: unknown } = {}
    endless.cause = endless
    expect([reportOnce(endless), reportOnce(endless), reportOnce('text'), reportOnce('text')]).toEqual([
      true,
      false,
      true,
      true,
    ])
  })

  it('refuses a level that does not exist', () => {
    expect(() => new Logger({ service: 's', level: 'verbose' as 'info' })).toThrow('level must be one of debug, info')
    expect(() => new Logger({ service: '' })).toThrow(RangeError)
  })
})

describe('text', () => {
  it('quotes like JSON.stringify and writes times like toISOString', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.string()), (text) => {
        expect(quote(text)).toBe(JSON.stringify(text))
      }),
    )
    const time = new TimeText()
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 4e12 }), (ms) => {
        expect(time.of(ms)).toBe(new Date(ms).toISOString())
      }),
    )
    expect(time.of(Number.NaN)).toBe('1970-01-01T00:00:00.000Z')
  })
})

describe('DescriptorDestination', () => {
  // A reader that takes at most some bytes a call, or nothing, as a pipe does.
  function reader(options: { taken?: number; stuck?: boolean; gone?: boolean } = {}) {
    const state = { text: '', ...options }
    const writeBytes = (_fd: number, bytes: Uint8Array, offset: number, length: number): number => {
      if (state.gone) throw Object.assign(new Error('broken pipe'), { code: 'EPIPE' })
      if (state.stuck) throw Object.assign(new Error('try again'), { code: 'EAGAIN' })
      const taken = Math.min(length, state.taken ?? length)
      state.text += Buffer.from(bytes.subarray(offset, offset + taken)).toString('latin1')
      return taken
    }
    return { state, writeBytes }
  }

  it('keeps what a full pipe does not take, in order, and finishes a line that was begun', async () => {
    const { state, writeBytes } = reader({ taken: 7 })
    const destination = new DescriptorDestination({ writeBytes, retryMs: 1 })
    destination.write('first line\n', 1)
    state.stuck = true
    destination.write('second line\n', 1)
    destination.write('third line\n', 1)
    expect(state.text).toBe('first line\n')
    expect(destination.keptBytes).toBe(23)
    state.stuck = false
    await destination.flush()
    expect(state.text).toBe('first line\nsecond line\nthird line\n')
    expect([destination.keptBytes, destination.dropped]).toEqual([0, 0])
  })

  it('bounds what it keeps and counts what it drops', () => {
    const { state, writeBytes } = reader({ stuck: true })
    const destination = new DescriptorDestination({ writeBytes, bytesMax: 100, flushTimeoutMs: 20 })
    for (let index = 0; index < 50; index++) destination.write('0123456789\n', 1)
    expect(destination.keptBytes).toBeLessThanOrEqual(111)
    expect(destination.dropped).toBeGreaterThan(35)
    // Nobody waits for ever for a reader that is stuck.
    destination.flushSync()
    expect(destination.dropped).toBe(50)
    state.stuck = false
    state.gone = true
    destination.write('lost\n', 1)
    expect(destination.dropped).toBe(51)
    expect(() => new DescriptorDestination({ bytesMax: 0 })).toThrow(RangeError)
  })

  it('says in the log how many lines were dropped', async () => {
    const { state, writeBytes } = reader({ gone: true })
    const logger = new Logger({ service: 's', destination: new DescriptorDestination({ writeBytes }) })
    logger.log('info', 'lost')
    await new Promise((resolve) => setImmediate(resolve))
    state.gone = false
    await new Promise((resolve) => setImmediate(resolve))
    expect(state.text).toContain('"event":"log_lines_dropped"')
    expect(state.text).toContain('"lines":1}')
    expect(logger.droppedLines).toBe(1)
  })
})

/** A process of its own that logs to its standard output: only there signals, pipes and exits are real. */
describe('standard output of a process', () => {
  const head = `import { Logger } from ${JSON.stringify(join(import.meta.dirname, 'logger.ts'))}\nconst logger = new Logger({ service: 'child' })\n`
  let scripts = 0

  function script(body: string): string {
    const file = join(folder, `child-${scripts++}.mts`)
    writeFileSync(file, head + body)
    return file
  }

  function run(
    body: string,
    onOutput: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => undefined,
  ) {
    return new Promise<{ lines: string[]; code: number | null; stderr: string }>((resolve) => {
      const child = spawn(process.execPath, [script(body)], { stdio: ['ignore', 'pipe', 'pipe'] })
      let text = ''
      let stderr = ''
      child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString()
        onOutput(text, (signal) => child.kill(signal))
      })
      child.on('close', (code) => resolve({ lines: text.split('\n').slice(0, -1), code, stderr }))
    })
  }

  it('loses nothing when the process exits in the middle of a turn', async () => {
    const { lines, code, stderr } = await run(
      `for (let n = 0; n < 5000; n++) logger.log('info', 'line', { n, text: 'x'.repeat(100) })\nlogger.log('fatal', 'crash')\nprocess.exit(3)`,
    )
    expect(stderr).toBe('')
    expect(code).toBe(3)
    expect(lines).toHaveLength(5001)
    expect(lines.map((line) => (JSON.parse(line) as { n?: number }).n)).toEqual([
      ...Array.from({ length: 5000 }, (_, n) => n),
      undefined,
    ])
  })

  it('loses the turn under way at most when it is killed', async () => {
    const { lines, code } = await run(
      `let n = 0\nsetInterval(() => { logger.log('info', 'line', { n: n++ }); if (n === 50) setImmediate(() => setImmediate(() => process.kill(process.pid, 'SIGKILL'))) }, 1)`,
    )
    expect(code).toBeNull()
    expect(lines).toHaveLength(50)
  })

  it('goes on serving while nobody reads, drops above the bound, and says how many', async () => {
    // The reader is this test, which pauses; the child measures how long its event loop was held up.
    const child = spawn(
      process.execPath,
      [
        script(
          `let longest = 0, last = performance.now(), n = 0\nconst tick = () => { const now = performance.now(); longest = Math.max(longest, now - last); last = now; for (let i = 0; i < 500; i++) logger.log('info', 'flood', { n: n++, text: 'x'.repeat(1000) }); if (n < 20000) setTimeout(tick, 1); else { process.stderr.write(JSON.stringify({ longest, dropped: logger.droppedLines }) + '\\n'); setTimeout(() => { logger.log('info', 'after'); setTimeout(() => logger.log('info', 'last'), 1100) }, 500) } }\ntick()`,
        ),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    child.stdout.pause()
    const report = await new Promise<{ longest: number; dropped: number }>((resolve) =>
      child.stderr.once('data', (chunk: Buffer) =>
        resolve(JSON.parse(chunk.toString()) as { longest: number; dropped: number }),
      ),
    )
    expect(report.longest).toBeLessThan(1000)
    expect(report.dropped).toBeGreaterThan(1000)
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()))
    child.stdout.resume()
    await new Promise((resolve) => child.on('close', resolve))
    const records = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { event: string; n?: number; lines?: number })
    const floods = records.filter((record) => record.event === 'flood')
    expect(floods.length).toBeGreaterThan(5000)
    expect(floods.map((record) => record.n)).toEqual(
      floods.map((record) => record.n).toSorted((a, b) => (a ?? 0) - (b ?? 0)),
    )
    expect(records.findLast((record) => record.event === 'log_lines_dropped')?.lines).toBeGreaterThan(1000)
    expect(records.at(-1)?.event).toMatch(/last|dropped/)
  })

  it('lives on without a reader, and writes to a file as well', async () => {
    const file = join(folder, 'out.log')
    const fd = openSync(file, 'a')
    const child = spawn(
      process.execPath,
      [script(`logger.log('info', 'to file')\nsetTimeout(() => logger.log('info', 'later'), 10)`)],
      {
        stdio: ['ignore', fd, 'inherit'],
      },
    )
    closeSync(fd)
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3)
    const orphan = spawn(
      process.execPath,
      [
        script(
          `let n = 0\nconst timer = setInterval(() => { logger.log('info', 'x'); if (++n === 20) { clearInterval(timer); process.exitCode = logger.droppedLines > 0 ? 7 : 8 } }, 5)`,
        ),
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    orphan.stdout.destroy()
    expect(await new Promise((resolve) => orphan.on('close', resolve))).toBe(7)
  })
})
