/** What is told to `POST /client-errors`. Nothing of the page's content, no address beyond the path. */
export interface ErrorReport {
  readonly kind: 'error' | 'rejection' | 'boundary'
  readonly name: string
  readonly message: string
  readonly stack: string
  /** Pattern of the route, not the path: paths can hold what is nobody's business. */
  readonly route: string
  readonly release: string
  readonly fingerprint: string
}

export interface ReporterOptions {
  /** Hands a report over; must not throw. */
  readonly send: (report: ErrorReport) => void
  readonly route: () => string
  readonly release: string
}

/** Reports of one visit; a page that fails in a loop says nothing new. */
const REPORTS_MAX = 10
const CHARS_MAX = { name: 100, message: 500, stack: 4000, route: 200 }

/** Extensions of the browser fail in our pages, and that is not ours. */
const FOREIGN = /(?:chrome|moz|safari(?:-web)?)-extension:\/\//

function hash(text: string): string {
  // FNV-1a, 32 bits: tells reports apart, protects nothing.
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  return (value >>> 0).toString(16).padStart(8, '0')
}

function described(thrown: unknown): Pick<ErrorReport, 'name' | 'message' | 'stack'> {
  if (thrown instanceof Error) return { name: thrown.name, message: thrown.message, stack: thrown.stack ?? '' }
  return {
    name: typeof thrown,
    message: typeof thrown === 'string' ? thrown : 'something that is no error was thrown',
    stack: '',
  }
}

/** Where it was thrown, without positions in the line: those of one release are the same, and digits in messages vary. */
function fingerprintOf({ name, message, stack }: Pick<ErrorReport, 'name' | 'message' | 'stack'>): string {
  return hash(`${name}|${message.replaceAll(/\d+/g, '#')}|${stack.split('\n', 3).slice(1).join('|')}`)
}

/** Tells of errors, each kind of them once a visit, and never more than ten. */
export class ErrorReporter {
  readonly #options: ReporterOptions
  readonly #seen = new WeakSet<object>()
  readonly #fingerprints = new Set<string>()

  constructor(options: ReporterOptions) {
    this.#options = options
  }

  /** @returns whether it was sent. Never throws. */
  report(kind: ErrorReport['kind'], thrown: unknown): boolean {
    // React hands what a boundary caught to the window as well, in development.
    if (typeof thrown === 'object' && thrown !== null) {
      if (this.#seen.has(thrown)) return false
      this.#seen.add(thrown)
    }
    const said = described(thrown)
    if (FOREIGN.test(said.stack)) return false
    const fingerprint = fingerprintOf(said)
    if (this.#fingerprints.size >= REPORTS_MAX || this.#fingerprints.has(fingerprint)) return false
    this.#fingerprints.add(fingerprint)
    try {
      this.#options.send({
        kind,
        name: said.name.slice(0, CHARS_MAX.name),
        message: said.message.slice(0, CHARS_MAX.message),
        stack: said.stack.slice(0, CHARS_MAX.stack),
        route: this.#options.route().slice(0, CHARS_MAX.route),
        release: this.#options.release,
        fingerprint,
      })
      return true
    } catch {
      return false
    }
  }
}

let reporter: ErrorReporter | null = null

/** Reports from here on what nobody caught. Called once, when the client starts. */
export function startReporting(options: Omit<ReporterOptions, 'send'>): void {
  const started = new ErrorReporter({ ...options, send: sendReport })
  reporter = started
  addEventListener('error', (event) => {
    // Without an error it is an image or a script that did not load, or a script of somebody else.
    if (event.error !== undefined && event.error !== null) started.report('error', event.error)
  })
  addEventListener('unhandledrejection', (event) => started.report('rejection', event.reason))
}

/** For boundaries. */
export function reportError(thrown: unknown): void {
  reporter?.report('boundary', thrown)
}

/** Survives the end of the page. */
function sendReport(report: ErrorReport): void {
  const body = JSON.stringify(report)
  const sent = navigator.sendBeacon('/client-errors', new Blob([body], { type: 'application/json' }))
  if (!sent)
    void fetch('/client-errors', { method: 'POST', body, headers: { 'content-type': 'application/json' } }).catch(
      () => undefined,
    )
}
