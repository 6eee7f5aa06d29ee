import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'

/** A server of somebody else, answering as the test says. */
export interface HttpStandIn {
  readonly url: string
  /** Requests that came, the newest last. */
  readonly asked: { readonly url: string; readonly headers: IncomingHttpHeaders }[]
  /** What it answers from now on. Default: 404. */
  answer: (response: ServerResponse, url: string) => void
  stop(): Promise<void>
}

/** Listens on a free port of 127.0.0.1. */
export async function startStandIn(): Promise<HttpStandIn> {
  const standIn = {
    url: '',
    asked: [] as { url: string; headers: IncomingHttpHeaders }[],
    answer: (response: ServerResponse, _url: string): void => void response.writeHead(404).end(),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  const server = createServer((request, response) => {
    standIn.asked.push({ url: request.url ?? '', headers: request.headers })
    standIn.answer(response, request.url ?? '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  standIn.url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
  return standIn
}

/** Answers JSON. */
export function json(body: unknown, status = 200): (response: ServerResponse) => void {
  return (response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
