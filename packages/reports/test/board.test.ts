/**
 * Goal: the board fits the terminal, tells the truth, and leaves nothing behind. Method: a terminal that understands
 * the few escapes the board uses, under a clock that the test moves.
 */
import { Writable } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RunEvent, RunEventBody } from '@greengate/contracts'
import { createBoard } from '../src/index.ts'

/** Up n lines, clear below, or text to the end of a line. */
const MOVES = new RegExp(String.raw`\x1b\[(\d+)A\r|(\x1b\[0J)|([^\n]*?)(?:\n|(?=\x1b\[\d+A)|$)`, 'g')

const columnsOf = (line: string): number => Array.from(line).reduce((sum, one) => sum + (/[漢字]/.test(one) ? 2 : 1), 0)

class Terminal extends Writable {
  isTTY: boolean
  columns = 80
  rows = 24
  raw = ''
  writes = 0

  constructor(isTTY: boolean) {
    super({ decodeStrings: false })
    this.isTTY = isTTY
  }

  override _write(chunk: string, _encoding: string, done: () => void): void {
    this.raw += chunk
    this.writes++
    done()
  }

  /** The lines a person sees. */
  get screen(): readonly string[] {
    const lines: string[] = ['']
    for (const [, up, clear, line] of this.raw.matchAll(MOVES)) {
      if (up !== undefined) lines.splice(Math.max(0, lines.length - 1 - Number(up)))
      else if (clear === undefined && line !== undefined && line !== '')
        lines.splice(lines.length - 1, 1, stripVTControlCharacters(line))
      if (up !== undefined || (line !== undefined && line !== '')) lines.push('')
    }
    return lines.filter((line) => line !== '')
  }

  get cursorIsShown(): boolean {
    return this.raw.lastIndexOf('\u001b[?25h') >= this.raw.lastIndexOf('\u001b[?25l')
  }
}

let seq = 0
const event = (body: RunEventBody): RunEvent => ({ ...body, seq: seq++, atMs: 0 })
const started = (control: `CFG-${string}`): RunEvent =>
  event({ type: 'check-started', control, target: 'shop', title: `The title of ${control}` })
const finished = (control: `CFG-${string}`, outcome: 'pass' | 'fail', summary = 'It is wrong.'): RunEvent =>
  event({ type: 'check-finished', control, target: 'shop', outcome, summary, durationMs: 1_200, cached: false })
const run = (checks: number): RunEvent => event({ type: 'run-started', runId: 'r', service: 'shop', checks })
const id = (n: number): `CFG-${string}` => `CFG-${String(n).padStart(2, '0')}`

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('on a terminal', () => {
  const TTY = { TERM: 'xterm-256color' }

  it('shows what runs and what is red and why, in place', () => {
    const stream = new Terminal(true)
    const board = createBoard({ stream, env: TTY })
    board.onEvent(run(3))
    board.onEvent(started('CFG-01'))
    board.onEvent(started('CFG-02'))
    board.onEvent(finished('CFG-01', 'fail', 'The port was opened before the configuration was read.'))
    board.onEvent(event({ type: 'check-progress', control: 'CFG-02', target: 'shop', text: 'variant 3 of 9' }))
    vi.advanceTimersByTime(500)
    const text = stream.screen.join('\n')
    expect(text).toContain('1 of 3 checks  ✓ 0 green  ✗ 1 red')
    expect(text).toContain('CFG-02')
    expect(text).toContain('variant 3 of 9')
    expect(text).toContain('✗ CFG-01 failed  The port was opened before the configuration was read.')
    expect(text.match(/greengate shop/g)).toHaveLength(1)
    board.close()
  })

  it('gives the cursor back, leaves one line, and can be closed twice', () => {
    const stream = new Terminal(true)
    const listeners = process.listenerCount('exit')
    const board = createBoard({ stream, env: TTY })
    board.onEvent(run(2))
    board.onEvent(started('CFG-01'))
    vi.advanceTimersByTime(300)
    expect(stream.cursorIsShown).toBe(false)
    board.onEvent(finished('CFG-01', 'pass'))
    board.close()
    const { raw } = stream
    board.close()
    board.onEvent(started('CFG-02'))
    vi.advanceTimersByTime(1_000)
    expect(stream.raw).toBe(raw)
    expect(stream.cursorIsShown).toBe(true)
    expect(stream.screen).toEqual(['1 check in 300 ms: ✓ 1 green, ✗ 0 red, ○ 1 not finished'])
    expect(process.listenerCount('exit')).toBe(listeners)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    [80, 24],
    [40, 10],
    [20, 5],
    [200, 60],
  ])('fits %i columns and %i rows however much happens', (columns, rows) => {
    const stream = new Terminal(true)
    Object.assign(stream, { columns, rows })
    const board = createBoard({ stream, env: TTY })
    board.onEvent(run(90))
    for (let n = 1; n <= 60; n++) board.onEvent(started(id(n)))
    for (let n = 1; n <= 30; n++)
      board.onEvent(finished(id(n), 'fail', `漢字 \u001b[31m and a very long story ${'that goes on '.repeat(20)}`))
    vi.advanceTimersByTime(200)
    expect(stream.screen.length).toBeLessThan(rows)
    const wide = stream.screen.filter((line) => columnsOf(line) >= columns)
    expect(wide).toEqual([])
    expect(stream.raw).not.toContain('\u001b[31m and')
    board.close()
  })

  it('says how much more there is where it does not fit', () => {
    const stream = new Terminal(true)
    Object.assign(stream, { rows: 12 })
    const board = createBoard({ stream, env: TTY })
    for (let n = 1; n <= 60; n++) board.onEvent(started(id(n)))
    for (let n = 1; n <= 30; n++) board.onEvent(finished(id(n), 'fail'))
    vi.advanceTimersByTime(200)
    expect(stream.screen.join('\n')).toMatch(/and 28 more running[\s\S]*Red so far \(30\)[\s\S]*and 27 more red/)
    board.close()
  })

  it('draws at most ten frames a second', () => {
    const stream = new Terminal(true)
    const board = createBoard({ stream, env: TTY })
    board.onEvent(run(2_000))
    for (let n = 0; n < 1_000; n++) {
      board.onEvent(started(id(n)))
      vi.advanceTimersByTime(1)
    }
    expect(stream.writes).toBeLessThanOrEqual(10)
    board.close()
  })

  it('writes nothing if nothing ever happened', () => {
    const stream = new Terminal(true)
    createBoard({ stream, env: TTY }).close()
    expect(stream.raw).toBe('')
  })
})

describe('without a terminal', () => {
  it('writes a line for each finished check and none for a start', () => {
    const stream = new Terminal(false)
    const board = createBoard({ stream, env: {} })
    board.onEvent(run(2))
    board.onEvent(started('CFG-01'))
    board.onEvent(finished('CFG-01', 'pass', ''))
    board.onEvent(finished('CFG-02', 'fail', 'Two lines\nand \u001b[2J an escape'))
    board.close()
    expect(stream.raw.split('\n')).toEqual([
      'greengate shop: 2 checks',
      '✓ proved         CFG-01  shop  (1.2 s)',
      '✗ failed         CFG-02  shop  (1.2 s)  Two lines and \\x1b[2J an escape',
      '2 checks in 0 ms: ✓ 1 green, ✗ 1 red',
      '',
    ])
  })

  it('says that it lives if nothing finished for ten seconds', () => {
    const stream = new Terminal(false)
    const board = createBoard({ stream, env: {} })
    board.onEvent(run(2))
    board.onEvent(started('CFG-01'))
    vi.advanceTimersByTime(9_000)
    expect(stream.raw).not.toContain('still running')
    vi.advanceTimersByTime(12_000)
    expect(stream.raw.match(/still running: CFG-01/g)).toHaveLength(2)
    board.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    ['TERM=dumb', { TERM: 'dumb' }],
    ['CI', { TERM: 'xterm', CI: 'true' }],
  ])('does the same on a terminal with %s', (_, env) => {
    const stream = new Terminal(true)
    const board = createBoard({ stream, env: { ...env, NO_COLOR: '1' } })
    board.onEvent(run(1))
    board.onEvent(finished('CFG-01', 'fail'))
    board.close()
    expect(stream.raw).not.toContain('\u001b')
    expect(stream.raw).toContain('✗ failed')
  })
})

describe('colour', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
    [false, { FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '0' }, false],
    [false, { FORCE_COLOR: '3', NO_COLOR: '1' }, true],
  ])('terminal %s with %j: %s', (isTty, env, color) => {
    const board = createBoard({ stream: new Terminal(isTty), env })
    expect(board.color).toBe(color)
    board.close()
  })
})
