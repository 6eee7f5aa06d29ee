import type { Writable } from 'node:stream'
import type { RunEvent } from '@greengate/contracts'
import { painter, wantsColor } from '../paint.ts'
import { count, duration, oneLine } from '../text.ts'
import { closingLine, finishedLine, frame } from './frame.ts'
import { apply, emptyState } from './state.ts'
import { Screen } from './screen.ts'

export type BoardStream = Writable & { isTTY?: boolean; columns?: number; rows?: number }

export interface BoardOptions {
  readonly stream: BoardStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** The clock, milliseconds; default `Date.now`. */
  readonly nowMs?: () => number
}

export interface Board {
  /** Whether the stream gets colour: for what is printed on it afterwards. */
  readonly color: boolean
  onEvent(event: RunEvent): void
  /** Takes the board away, leaves one line, gives the cursor back. Can be called again. */
  close(): void
}

/** Ten frames a second are enough for a person and little for a slow terminal. */
const FRAME_MS = 100
/** Without a terminal: a line if nothing finished for so long, so that nobody takes a slow check for a hang. */
const HEARTBEAT_MS = 10_000

/**
 * Shows a run while it goes on: a board redrawn in place on a terminal, plain lines anywhere else (a pipe, a log of CI,
 * TERM=dumb). Never throws because of what the stream does.
 */
export function createBoard(options: BoardOptions): Board {
  const { stream, env } = options
  const isTty = stream.isTTY === true
  const inPlace = isTty && env['TERM'] !== 'dumb' && (env['CI'] ?? '') === ''
  const color = wantsColor(isTty, env)
  return inPlace ? liveBoard(options, color) : plainBoard(options, color)
}

function liveBoard({ stream, nowMs = Date.now }: BoardOptions, color: boolean): Board {
  const paint = painter(color)
  const screen = new Screen(stream)
  let state = emptyState(nowMs())
  let isOpen = true
  let isStarted = false
  const draw = (): void => screen.draw((size) => frame(state, size, nowMs(), paint))
  const timer = setInterval(() => {
    if (isStarted) draw()
  }, FRAME_MS)
  timer.unref()
  return {
    color,
    onEvent(event) {
      // Drawn by the timer only: a thousand events a second are still ten frames.
      if (!isOpen) return
      state = apply(state, event, nowMs())
      isStarted = true
    },
    close() {
      if (!isOpen) return
      isOpen = false
      clearInterval(timer)
      screen.close(isStarted ? closingLine(state, nowMs(), paint) : '')
    },
  }
}

function plainBoard({ stream, nowMs = Date.now }: BoardOptions, color: boolean): Board {
  const paint = painter(color)
  let state = emptyState(nowMs())
  let isOpen = true
  let lastMs = nowMs()
  const say = (line: string): void => {
    lastMs = nowMs()
    if (stream.writable) stream.write(`${line}\n`)
  }
  const timer = setInterval(() => {
    if (state.running.size === 0 || nowMs() - lastMs < HEARTBEAT_MS) return
    const names = [...state.running.values()]
      .slice(0, 4)
      .map((one) => `${one.control} ${duration(nowMs() - one.sinceMs)}`)
    const more = state.running.size > names.length ? ` and ${state.running.size - names.length} more` : ''
    say(`… still running: ${names.join(', ')}${more}`)
  }, 1_000)
  timer.unref()
  return {
    color,
    onEvent(event) {
      if (!isOpen) return
      state = apply(state, event, nowMs())
      if (event.type === 'run-started') say(`greengate ${oneLine(event.service, 80)}: ${count(event.checks, 'check')}`)
      if (event.type === 'phase') say(`· ${oneLine(event.text, 300)}`)
      if (event.type === 'check-finished') say(finishedLine(event, paint))
    },
    close() {
      if (!isOpen) return
      isOpen = false
      clearInterval(timer)
      if (state.finished.length > 0) say(closingLine(state, nowMs(), paint))
    },
  }
}
