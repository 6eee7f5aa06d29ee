import { Readable } from 'node:stream'
import type pg from 'pg'

/** What `pg` has on its connection for COPY and does not declare. */
interface CopyConnection extends pg.Connection {
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  sendCopyFail(message: string): void
}

/** What comes of a table by `COPY ... TO STDOUT`; the server waits while nobody reads. */
class CopyOut extends Readable {
  readonly #text: string
  #connection: pg.Connection | null = null

  constructor(text: string) {
    super({ highWaterMark: 256 * 1024 })
    this.#text = text
  }

  submit(connection: pg.Connection): void {
    this.#connection = connection
    connection.query(this.#text)
  }

  override _read(): void {
    this.#connection?.stream.resume()
  }

  handleCopyData(message: { readonly chunk: Buffer }, connection: pg.Connection): void {
    // The bytes belong to the connection's buffer, which is used again.
    if (!this.push(Buffer.from(message.chunk))) connection.stream.pause()
  }

  handleCommandComplete(): void {
    this.push(null)
  }

  handleError(error: Error): void {
    this.destroy(error)
  }

  handleReadyForQuery(): void {
    this.#connection = null
  }
}

/** Sends what comes to `COPY ... FROM STDIN`. */
class CopyIn {
  readonly done: Promise<void>
  readonly #text: string
  readonly #content: AsyncIterable<Buffer>
  #resolve: () => void = () => {}
  #reject: (error: unknown) => void = () => {}
  #failed = false
  #source: Error | null = null

  constructor(text: string, content: AsyncIterable<Buffer>) {
    this.#text = text
    this.#content = content
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#text)
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.#send(connection).catch((error: unknown) => {
      // Told to the server, which gives the table up and says so: only then is the connection usable again.
      this.#source = error instanceof Error ? error : new Error(String(error))
      connection.sendCopyFail('the content could not be read')
    })
  }

  async #send(connection: CopyConnection): Promise<void> {
    for await (const part of this.#content) {
      if (this.#failed) return
      connection.sendCopyFromChunk(part)
      if (connection.stream.writableNeedDrain) await new Promise((resolve) => connection.stream.once('drain', resolve))
    }
    if (!this.#failed) connection.endCopyFrom()
  }

  handleCommandComplete(): void {}

  handleError(error: Error): void {
    this.#failed = true
    this.#reject(this.#source ?? error)
  }

  handleReadyForQuery(): void {
    this.#resolve()
  }
}

/** The rows of a COPY as the server writes them. @param text a `copy ... to stdout` */
export function copyOut(client: pg.Client, text: string): AsyncIterable<Buffer> {
  return client.query(new CopyOut(text))
}

/** @param text a `copy ... from stdin` @throws what the server says, or what the content threw */
export async function copyIn(client: pg.Client, text: string, content: AsyncIterable<Buffer>): Promise<void> {
  await client.query(new CopyIn(text, content)).done
}
