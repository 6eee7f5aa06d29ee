import type { Instance, RequestSpec } from '@greengate/contracts'

/** A request of which the head and the first byte of the body were sent. */
export interface SplitRequest {
  /** Whether an answer came already, before its body was whole. */
  answered(): boolean
  /** Sends the rest and waits for the status of the answer. Status 0: none came. Closes the connection. */
  finish(timeoutMs: number): Promise<{ status: number; error: string }>
}

/** Sends a request with a body up to the first byte of it. */
export async function splitRequest(
  instance: Instance,
  spec: RequestSpec,
  from: string,
  n: number,
): Promise<SplitRequest> {
  const prepared = instance.prepare(spec, n)
  const body = typeof prepared.body === 'string' ? prepared.body : JSON.stringify(prepared.body ?? {})
  const headers = new Map(
    Object.entries(prepared.headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]),
  )
  if (!headers.has('content-type')) headers.set('content-type', 'application/json')
  headers.set('host', `${instance.host}:${instance.port}`)
  headers.set('content-length', String(Buffer.byteLength(body)))
  const head = [...headers].map(([name, value]) => `${name}: ${value}`).join('\r\n')
  const connection = await instance.connect(from)
  await connection.write(
    `${prepared.method ?? spec.method} ${prepared.path} HTTP/1.1\r\n${head}\r\n\r\n${body.slice(0, 1)}`,
  )
  return {
    answered: () => statusOf(connection.received()) > 0,
    async finish(timeoutMs) {
      await connection.write(body.slice(1))
      const answered = await connection.waitFor((received) => statusOf(received) > 0, timeoutMs)
      const { closed } = answered ? { closed: false } : await connection.waitForClose(0)
      const status = statusOf(connection.received())
      connection.destroy()
      return { status, error: status > 0 ? '' : closed ? 'closed' : 'timeout' }
    },
  }
}

/** Status of the final answer in raw bytes; 0 without one. Informational answers (100) are none. */
export function statusOf(received: string): number {
  for (const match of received.matchAll(/HTTP\/1\.[01] (\d{3})/g)) {
    const status = Number(match[1])
    if (status >= 200) return status
  }
  return 0
}
