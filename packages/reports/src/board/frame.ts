import { type Paint } from '../paint.ts'
import { STATUS_LOOKS } from '../rows.ts'
import { count, displayWidth, duration, elapsed, fit, oneLine } from '../text.ts'
import { type BoardState, type Finished, type Running, isRed } from './state.ts'

/** A line of a frame: pieces, each with its colour, so that cutting to a width never cuts an escape. */
type Piece = readonly [text: string, color: ((text: string) => string) | null]

const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const BAR_COLUMNS_MAX = 30

/** The board as lines, none wider than `columns`, at most `rows` of them. Pure. */
export function frame(
  state: BoardState,
  size: { columns: number; rows: number },
  nowMs: number,
  paint: Paint,
): readonly string[] {
  const line = (...pieces: readonly Piece[]): string => fitPieces(pieces, size.columns)
  const running = [...state.running.values()].toSorted((a, b) => a.sinceMs - b.sinceMs)
  const red = state.finished.filter(isRed)
  const head = [line(...headPieces(state, nowMs, paint)), line(...countPieces(state, paint, size.columns))]
  const room = Math.max(0, size.rows - head.length)
  // What runs comes first, but reds keep at least half of what is left.
  const runningRoom = Math.min(running.length, Math.max(1, Math.floor(room / 2) - 1))
  const runningLines = section(
    running,
    runningRoom,
    (one) => line(...runningPieces(one, nowMs, paint)),
    (left) => line([`    … and ${left} more running`, paint.dim]),
  )
  const redRoom = room - runningLines.length - 1
  const redLines = section(
    red.toReversed(),
    redRoom,
    (one) => line(...redPieces(one, paint)),
    (left) => line([`    … and ${left} more red`, paint.dim]),
  )
  const redTitle = redLines.length === 0 ? [] : [line([`  Red so far (${red.length}), newest first`, paint.bold])]
  return [...head, ...runningLines, ...redTitle, ...redLines].slice(0, Math.max(1, size.rows))
}

function section<T>(
  all: readonly T[],
  room: number,
  one: (item: T) => string,
  rest: (left: number) => string,
): string[] {
  if (room <= 0 || all.length === 0) return []
  if (all.length <= room) return all.map(one)
  return [...all.slice(0, room - 1).map(one), rest(all.length - room + 1)]
}

function headPieces(state: BoardState, nowMs: number, paint: Paint): readonly Piece[] {
  const elapsedMs = nowMs - state.startedMs
  const spinner = SPINNER[Math.floor(elapsedMs / 100) % SPINNER.length] ?? ' '
  return [
    [`${state.verdict === null ? spinner : '■'} `, (text) => paint.tone('good', text)],
    [`greengate ${oneLine(state.service, 80)}`.trimEnd(), paint.bold],
    [`  ${elapsed(elapsedMs)}`, paint.dim],
    [state.phase === '' ? '' : `  ${oneLine(state.phase, 200)}`, null],
  ]
}

function countPieces(state: BoardState, paint: Paint, columns: number): readonly Piece[] {
  const done = state.finished.length
  const total = Math.max(state.checks, done)
  const red = state.finished.filter(isRed).length
  const barColumns = Math.min(BAR_COLUMNS_MAX, Math.max(0, columns - 50))
  const filled = total === 0 ? 0 : Math.floor((done / total) * barColumns)
  const redCells = red === 0 || done === 0 ? 0 : Math.min(filled, Math.max(1, Math.round((red / done) * filled)))
  return [
    ['  ', null],
    ['█'.repeat(filled - redCells), (text) => paint.tone('good', text)],
    ['▓'.repeat(redCells), (text) => paint.tone('bad', text)],
    [`${'░'.repeat(barColumns - filled)}${barColumns > 0 ? '  ' : ''}`, paint.dim],
    [`${done} of ${total === 0 ? '?' : total} checks`, null],
    [`  ✓ ${done - red} green`, (text) => paint.tone('good', text)],
    [`  ✗ ${red} red`, red === 0 ? paint.dim : (text) => paint.tone('bad', text)],
  ]
}

function runningPieces(one: Running, nowMs: number, paint: Paint): readonly Piece[] {
  const said = one.text === '' ? one.title : one.text
  return [
    ['  ▸ ', (text) => paint.tone('open', text)],
    [one.control, paint.bold],
    [` ${elapsed(nowMs - one.sinceMs).padStart(5)}`, paint.dim],
    [`  ${oneLine(said, 300)}`, null],
  ]
}

function redPieces(one: Finished, paint: Paint): readonly Piece[] {
  const look = STATUS_LOOKS[one.outcome]
  return [
    [`  ${look.sign} `, (text) => paint.tone(look.tone, text)],
    [one.control, paint.bold],
    [` ${look.word}`, (text) => paint.tone(look.tone, text)],
    [`  ${oneLine(one.summary, 400)}`, null],
  ]
}

/** One finished check as a plain line, for logs. */
export function finishedLine(one: Finished, paint: Paint): string {
  const look = STATUS_LOOKS[one.outcome]
  const took = one.cached ? 'from an earlier run' : duration(one.durationMs)
  const why = isRed(one) && one.summary !== '' ? `  ${oneLine(one.summary, 400)}` : ''
  return `${paint.tone(look.tone, `${look.sign} ${look.word.padEnd(14)}`)} ${one.control}  ${oneLine(one.target, 60)}  (${took})${why}`
}

/** What stays on the screen when the board is gone. */
export function closingLine(state: BoardState, nowMs: number, paint: Paint): string {
  const red = state.finished.filter(isRed).length
  const done = state.finished.length
  const missing = Math.max(0, state.checks - done)
  const parts = [
    paint.tone('good', `✓ ${done - red} green`),
    paint.tone(red === 0 ? 'none' : 'bad', `✗ ${red} red`),
    ...(missing === 0 ? [] : [paint.tone('open', `○ ${missing} not finished`)]),
  ]
  return `${count(done, 'check')} in ${duration(nowMs - state.startedMs)}: ${parts.join(', ')}`
}

function fitPieces(pieces: readonly Piece[], columns: number): string {
  let left = columns
  let out = ''
  for (const [text, color] of pieces) {
    if (text === '') continue
    const shown = fit(text, left)
    out += color ? color(shown) : shown
    left -= displayWidth(shown)
    if (left <= 0 || shown !== text) break
  }
  return out
}
