import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { PoolClient } from 'pg'

/** Code of a CancelRequest, and of an SSLRequest, in place of a protocol version (PostgreSQL, message formats). */
const CANCEL_REQUEST = 80_877_102
const SSL_REQUEST = 80_877_103
const ENCRYPTED = 0x53

interface Session {
  readonly processId: number
  readonly secretKey: number
  readonly host: string
  readonly port: number
  readonly ssl: boolean | object
}

/** What a session is known by at the server. Null before the server has said so, or with a driver that keeps it elsewhere. */
function sessionOf(client: PoolClient): Session | null {
  const fields = client as unknown as Readonly<Record<string, unknown>>
  const { processID: processId, secretKey, host, port, ssl } = fields
  if (typeof processId !== 'number' || typeof secretKey !== 'number') return null
  if (typeof host !== 'string' || typeof port !== 'number') return null
  return { processId, secretKey, host, port, ssl: typeof ssl === 'object' && ssl !== null ? ssl : ssl === true }
}

function message(...words: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * words.length)
  bytes.writeInt32BE(bytes.length, 0)
  words.forEach((word, index) => bytes.writeInt32BE(word, 4 + 4 * index))
  return bytes
}

/**
 * Asks the server to stop what the session is executing, over a connection of its own, as the protocol wants it: the
 * session's is busy. The server never answers; whether it worked shows in the statement's own end.
 * @param timeoutMs for the request to get there; milliseconds
 * @returns false when it could not be sent
 */
export function cancelStatement(client: PoolClient, timeoutMs: number): Promise<boolean> {
  const session = sessionOf(client)
  if (!session) return Promise.resolve(false)
  const { processId, secretKey, host, port, ssl } = session
  return new Promise((resolve) => {
    const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect({ host, port })
    const open: Socket[] = [socket]
    const end = (sent: boolean): void => {
      clearTimeout(timer)
      for (const one of open) one.destroy()
      resolve(sent)
    }
    const timer = setTimeout(end, timeoutMs, false)
    const watch = (one: Socket): void => {
      // The server closes the connection when it has taken the request.
      one.on('error', () => end(false)).on('close', () => end(one.bytesWritten > 0))
    }
    const send = (one: Socket): void => void one.end(message(CANCEL_REQUEST, processId, secretKey))
    watch(socket)
    socket.once('connect', () => {
      if (ssl === false) return send(socket)
      // A session that is encrypted is cancelled encrypted: the key must not be seen.
      socket.write(message(SSL_REQUEST))
      socket.once('data', (answer) => {
        if (answer[0] !== ENCRYPTED) return end(false)
        const secure = connectTls({
          socket,
          ...(typeof ssl === 'object' && ssl),
          ...(isIP(host) === 0 && { servername: host }),
        })
        open.push(secure)
        watch(secure)
        secure.once('secureConnect', () => send(secure))
      })
    })
  })
}
