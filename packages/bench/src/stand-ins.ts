import http from 'node:http'
import net from 'node:net'
import type { DependencySpec, ReceivedRequest } from '@greengate/contracts'

/** Something that listens on an ephemeral port of 127.0.0.1 in place of a dependency. */
export interface StandIn {
  readonly port: number
  /** Only of http: the last requests, oldest first. */
  readonly received?: () => readonly ReceivedRequest[]
  close(): Promise<void>
}

const RECEIVED_MAX = 500

/** Plays recorded answers: the first one whose method and path (without query) match; else 404. */
export async function startHttpStandIn(spec: DependencySpec): Promise<StandIn> {
  const received: ReceivedRequest[] = []
  const server = http.createServer((request, response) => {
    request.resume()
    const headers = Object.fromEntries(
      Object.entries(request.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]),
    )
    received.push({ method: request.method ?? '', path: request.url ?? '', headers })
    if (received.length > RECEIVED_MAX) received.shift()
    const path = (request.url ?? '/').split('?')[0]
    const recorded = spec.answers.find(
      (answer) => answer.path.split('?')[0] === path && answer.method === request.method,
    )
    if (!recorded) {
      response.writeHead(404, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: `no recorded answer for ${request.method ?? ''} ${path ?? ''}` }))
      return
    }
    const text =
      recorded.body === undefined
        ? ''
        : typeof recorded.body === 'string'
          ? recorded.body
          : JSON.stringify(recorded.body)
    response.writeHead(recorded.status, { 'content-type': 'application/json', ...recorded.headers })
    response.end(text)
  })
  const standIn = await listen(server, () => server.closeAllConnections())
  return { ...standIn, received: () => received }
}

/** Accepts connections, takes what comes and says nothing. */
export async function startSink(): Promise<StandIn> {
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.resume()
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  })
  return listen(server, () => {
    for (const socket of sockets) socket.destroy()
  })
}

/** Somebody else on a port: accepts and hangs up. @throws Error with the system's code if the port is taken */
export async function occupy(port: number): Promise<StandIn> {
  const server = net.createServer((socket) => socket.destroy())
  return listen(server, () => undefined, port)
}

async function listen(server: net.Server, closeConnections: () => void, port = 0): Promise<StandIn> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: '127.0.0.1', exclusive: true }, resolve)
  })
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        closeConnections()
      }),
  }
}
