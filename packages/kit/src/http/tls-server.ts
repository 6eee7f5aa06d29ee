import type { Server as HttpServer, IncomingMessage, RequestListener, ServerOptions } from 'node:http'
import { createServer, Server } from 'node:https'
import { createSecureContext, type TLSSocket } from 'node:tls'
import type { KitResponse } from './response.ts'

/** Key and certificate, both in PEM; the certificate with its chain. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

export interface TlsOptions extends Certificate {
  /** Oldest version that is spoken. Default TLSv1.2. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
}

/** Checks that a key and a certificate are some and belong together. @throws RangeError otherwise */
function checked({ key, cert }: Certificate): Certificate {
  try {
    createSecureContext({ key, cert })
  } catch (cause) {
    // The cause names no bytes of the key, only what OpenSSL thinks of it.
    throw new RangeError('the TLS key and certificate cannot be used, or do not belong together', { cause })
  }
  return { key, cert }
}

/**
 * A server that speaks HTTP/1.1 over TLS and nothing else.
 * @param handshakeTimeoutMs for a handshake, from the connection on
 * @throws RangeError for a key or certificate that cannot be used
 */
export function createTlsServer(
  tls: TlsOptions,
  handshakeTimeoutMs: number,
  options: ServerOptions<typeof IncomingMessage, typeof KitResponse>,
  listener: RequestListener<typeof IncomingMessage, typeof KitResponse>,
): HttpServer<typeof IncomingMessage, typeof KitResponse> {
  const server = createServer<typeof IncomingMessage, typeof KitResponse>(
    {
      ...options,
      ...checked(tls),
      minVersion: tls.minVersion ?? 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: handshakeTimeoutMs,
    },
    listener,
  )
  // A handshake that failed is no request: without a listener of its own it would be taken for a malformed one.
  server.removeAllListeners('tlsClientError')
  server.on('tlsClientError', (_error, socket: TLSSocket) => void socket.destroy())
  // What the rest of the service uses of it is the same in both.
  return server as unknown as HttpServer<typeof IncomingMessage, typeof KitResponse>
}

/**
 * Another certificate for new connections; those there are go on with theirs.
 * @throws RangeError for one that cannot be used, or a server without TLS; then nothing has changed
 */
export function renewCertificate(server: unknown, tls: TlsOptions): void {
  if (!(server instanceof Server)) throw new RangeError('this service has no TLS, so there is nothing to renew')
  server.setSecureContext({ ...checked(tls), minVersion: tls.minVersion ?? 'TLSv1.2' })
}
