import { connect, type Socket } from 'node:net'

const HEAD_END = '\r\n\r\n'

/** What a stretch of load came to. */
export interface Stretch {
  readonly requests: number
  readonly failed: number
  readonly durationMs: number
}

/**
 * Keeps so many connections busy, one request at a time on each, for so long. Reads answers by their content length,
 * with as little work as can be. Every connection comes from an address of its own, so that no rate limit decides: the generator shares the machine with what it measures.
 */
export async function closedLoop(port: number, request: string, connections: number, ms: number): Promise<Stretch> {
  const startedMs = performance.now()
  const endMs = startedMs + ms
  // Never asleep: waking a sleeping generator would be charged to the server that sends, and to a slow server, whose
  // answers are waited for, more often than to a fast one.
  let spinning = true
  const spin = (): void => {
    if (spinning) setImmediate(spin)
  }
  spin()
  const each = await Promise.all(
    Array.from({ length: connections }, (_, index) => one(port, `127.0.0.${index + 2}`, Buffer.from(request), endMs)),
  )
  spinning = false
  return {
    requests: each.reduce((sum, { done }) => sum + done, 0),
    failed: each.reduce((sum, { failed }) => sum + failed, 0),
    durationMs: performance.now() - startedMs,
  }
}

function one(port: number, from: string, request: Buffer, endMs: number): Promise<{ done: number; failed: number }> {
  return new Promise((resolve) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', localAddress: from })
    let done = 0
    let failed = 0
    let text = ''
    const finish = (): void => {
      socket.destroy()
      resolve({ done, failed })
    }
    socket.setNoDelay(true)
    socket.on('connect', () => socket.write(request))
    socket.on('error', () => {
      failed += 1
      finish()
    })
    socket.on('data', (chunk: Buffer) => {
      text = text === '' ? chunk.toString('latin1') : text + chunk.toString('latin1')
      const head = text.indexOf(HEAD_END)
      if (head < 0) return
      const at = text.indexOf('ontent-length: ')
      const alternative = at < 0 ? text.indexOf('ontent-Length: ') : at
      const length = Number.parseInt(text.slice(alternative + 15, alternative + 25), 10)
      if (text.length < head + HEAD_END.length + length) return
      if (text.startsWith('HTTP/1.1 200')) done += 1
      else failed += 1
      text = ''
      if (performance.now() < endMs) socket.write(request)
      else finish()
    })
  })
}
