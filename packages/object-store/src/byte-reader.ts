import { S3Error } from './s3-error.ts'

/** Reads lines and runs of bytes from a stream of chunks, holding no more than one chunk and one line. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)
  #ended = false

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  async #more(): Promise<boolean> {
    const next = this.#ended ? null : await this.#source.next()
    if (!next || next.done === true) {
      this.#ended = true
      return false
    }
    this.#held = this.#held.length === 0 ? next.value : Buffer.concat([this.#held, next.value])
    return true
  }

  /**
   * A line without its CRLF.
   * @throws S3Error IncompleteBody at the end of the body, InvalidRequest for a line that is too long
   */
  async line(bytesMax: number): Promise<string> {
    for (;;) {
      const at = this.#held.indexOf('\r\n')
      if (at > bytesMax || (at < 0 && this.#held.length > bytesMax + 1))
        throw new S3Error('InvalidRequest', 'The body is not what aws-chunked looks like.')
      if (at >= 0) {
        const line = this.#held.toString('latin1', 0, at)
        this.#held = this.#held.subarray(at + 2)
        return line
      }
      if (!(await this.#more())) throw new S3Error('IncompleteBody')
    }
  }

  /** What has arrived, `bytesMax` of it at the most. */
  async some(bytesMax: number): Promise<Buffer> {
    if (this.#held.length === 0 && !(await this.#more())) throw new S3Error('IncompleteBody')
    const taken = this.#held.subarray(0, bytesMax)
    this.#held = this.#held.subarray(taken.length)
    return taken
  }

  async atEnd(): Promise<boolean> {
    while (this.#held.length === 0) if (!(await this.#more())) return true
    return false
  }
}
