import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { ServiceError } from '@greengate/kit/errors'
import { Bulkhead } from '@greengate/kit/resilience'
import { invalid } from './schemas.ts'

const HTML_CHARS_MAX = 262_144
const TIMEOUT_MS = 4000
const START_TIMEOUT_MS = 8000
const WAITING_MAX = 20
/** After so long without a text the thread ends, and gives its memory back. */
const IDLE_MS = 10_000

export interface MarkdownOptions {
  /** Limit for one text; milliseconds. Default 4,000. */
  readonly timeoutMs?: number
}

/**
 * Renders Markdown in a thread of its own. Some texts of 60 kB take 20 s and hundreds of megabytes (60,000 nested quotes,
 * for instance): here they are refused after some seconds, and nobody else waits meanwhile.
 */
export class Markdown {
  readonly #oneAtATime: Bulkhead
  readonly #timeoutMs: number
  #worker: Worker | null = null
  #idle: NodeJS.Timeout | undefined

  constructor({ timeoutMs = TIMEOUT_MS }: MarkdownOptions = {}) {
    this.#timeoutMs = timeoutMs
    this.#oneAtATime = new Bulkhead(1, WAITING_MAX, { queueTimeoutMs: timeoutMs * 2 })
  }

  /**
   * @throws ServiceError `validation_failed` for a text that takes too long or becomes too large; BulkheadFullError when too
   * many wait
   */
  async render(markdown: string, signal?: AbortSignal): Promise<string> {
    const html = markdown === '' ? '' : await this.#oneAtATime.run(() => this.#ask(markdown), signal)
    if (html === null) throw invalid('body.body_markdown', 'takes too long to be rendered: it is nested too deeply')
    if (html.length > HTML_CHARS_MAX)
      throw invalid('body.body_markdown', `is over ${HTML_CHARS_MAX} characters as HTML`)
    return html
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = null
    await worker?.terminate()
  }

  /** Null for what could not be rendered. */
  async #ask(markdown: string): Promise<string | null> {
    clearTimeout(this.#idle)
    // The time to start is not the text's.
    const worker = (this.#worker ??= await startWorker())
    const answered = Promise.withResolvers<string | null>()
    const onMessage = (message: { readonly html: string | null }): void => answered.resolve(message.html)
    // Out of memory, or a defect: the thread is gone, and the text is to blame.
    const onGone = (): void => answered.resolve(null)
    const timer = setTimeout(onGone, this.#timeoutMs)
    worker.once('message', onMessage).once('error', onGone).once('exit', onGone)
    worker.postMessage(markdown)
    const html = await answered.promise
    clearTimeout(timer)
    worker.off('message', onMessage).off('error', onGone).off('exit', onGone)
    if (html !== null) {
      this.#idle = setTimeout(() => void this.close(), IDLE_MS).unref()
      return html
    }
    this.#worker = null
    worker.on('error', () => undefined)
    await worker.terminate()
    return null
  }
}

/** @throws ServiceError `overloaded` when it does not start */
async function startWorker(): Promise<Worker> {
  const worker = new Worker(new URL('./markdown-worker.ts', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 16 },
    env: {},
  })
  try {
    await once(worker, 'message', { signal: AbortSignal.timeout(START_TIMEOUT_MS) })
  } catch (cause) {
    worker.on('error', () => undefined)
    await worker.terminate()
    throw new ServiceError('overloaded', { cause })
  }
  worker.unref()
  return worker
}
