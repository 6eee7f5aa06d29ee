import { numberText, quote } from './json-text.ts'
import { fieldsText, type LogCore, type LogFields } from './log-fields.ts'

const INFO = 1
const ERROR = 3

/** Writes the one line of a request: the parts that are the same for every request of a route are made beforehand. */
export class RequestLine {
  readonly #core: LogCore
  readonly #info: string
  readonly #error: string
  readonly #middle: string
  readonly #end: string

  /** Use `logger.requestLine(method, route)`. */
  constructor(core: LogCore, method: string, route: string, inherited: string) {
    this.#core = core
    const head = (level: string): string =>
      `","level":"${level}","event":"http_request"${core.service},"correlation_id":`
    this.#info = head('info')
    this.#error = head('error')
    this.#middle = `,"method":${quote(method)},"route":${quote(core.redactor.text(route))},"status":`
    this.#end = `${inherited}}\n`
  }

  /**
   * Level `error` from status 500, else `info`. Never throws.
   * @param correlationId checked, as `correlationId` returns it
   * @param actor `user:42`, or `anonymous`
   * @param durationMs written with two decimals
   * @param fields what else is said about this request; redacted
   * @param traceId of a request whose spans are recorded
   */
  log(
    correlationId: string,
    actor: string,
    durationMs: number,
    status: number,
    fields?: LogFields | null,
    traceId?: string,
  ): void {
    const core = this.#core
    const failed = status >= 500
    if ((failed ? ERROR : INFO) < core.threshold) return
    let line =
      `{"time":"${core.time.of(core.nowMs())}${failed ? this.#error : this.#info}${quote(correlationId)}` +
      `,"actor":${quote(core.redactor.text(actor))},"duration_ms":${numberText(Math.round(durationMs * 100) / 100)}` +
      this.#middle +
      status
    if (traceId !== undefined) line += `,"trace_id":${quote(traceId)}`
    if (fields !== undefined && fields !== null) line += fieldsText(core, fields)
    core.emit(line + this.#end)
  }
}
