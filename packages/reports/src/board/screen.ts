import type { BoardStream } from './board.ts'
import { displayWidth } from '../text.ts'
import { stripVTControlCharacters } from 'node:util'

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const CLEAR_BELOW = '\u001b[0J'

/** A few lines at the bottom of a terminal, drawn over themselves. */
export class Screen {
  readonly #stream: BoardStream
  readonly #restore = (): void => this.#write(SHOW_CURSOR)
  #lines: readonly string[] = []
  #isHidden = false

  constructor(stream: BoardStream) {
    this.#stream = stream
  }

  /** Draws the lines that `lines` makes for the size the terminal has now. Nothing is written if nothing changed. */
  draw(lines: (size: { columns: number; rows: number }) => readonly string[]): void {
    // The last column and the last row stay free: writing there makes terminals scroll.
    const size = { columns: this.#columns() - 1, rows: Math.max(1, (this.#stream.rows || 24) - 2) }
    const next = lines(size)
    // A terminal that does not drain gets no more frames until it has.
    if (this.#stream.writableNeedDrain || next.join('\n') === this.#lines.join('\n')) return
    let out = this.#erase()
    if (!this.#isHidden) {
      out = HIDE_CURSOR + out
      this.#isHidden = true
      process.once('exit', this.#restore)
    }
    this.#lines = next
    this.#write(out + next.map((line) => `${line}\n`).join(''))
  }

  /** Takes the lines away, writes one that stays (or none for ''), and shows the cursor again. */
  close(last: string): void {
    const out = this.#erase() + (last === '' ? '' : `${last}\n`) + (this.#isHidden ? SHOW_CURSOR : '')
    this.#lines = []
    this.#isHidden = false
    process.removeListener('exit', this.#restore)
    if (out !== '') this.#write(out)
  }

  /** Back to where the first line began. A terminal made narrower meanwhile has broken the lines. */
  #erase(): string {
    if (this.#lines.length === 0) return ''
    const columns = this.#columns()
    const rows = this.#lines.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(stripVTControlCharacters(line)) / columns)),
      0,
    )
    return `\u001b[${rows}A\r${CLEAR_BELOW}`
  }

  #columns(): number {
    return Math.max(20, this.#stream.columns || 80)
  }

  #write(text: string): void {
    if (this.#stream.writable) this.#stream.write(text)
  }
}
