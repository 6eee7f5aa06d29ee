import { createServer } from 'node:net'

/** Everything that listens. */
export const LISTENERS = [
  'gateway',
  'platform',
  'content',
  'worker',
  'web',
  'object-store',
  'mail',
  'providers',
  'postgres',
] as const
export type Listener = (typeof LISTENERS)[number]
export type Ports = Readonly<Record<Listener, number>>

const USUAL: Ports = {
  gateway: 8443,
  platform: 8081,
  content: 8082,
  worker: 8083,
  web: 8084,
  'object-store': 9000,
  mail: 8025,
  providers: 8090,
  postgres: 54_329,
}

/** Free ports for everything but the gateway, as far as one can know beforehand. */
export async function freePortsBeside(gateway: number): Promise<Ports> {
  // All are held at once, so that none is handed out twice.
  const held = await Promise.all(LISTENERS.map(() => hold()))
  const free = held.map(({ port }) => port)
  await Promise.all(held.map(({ release }) => release()))
  const ports = Object.fromEntries(LISTENERS.map((name, at) => [name, free[at] ?? 0])) as Ports
  return { ...ports, gateway }
}

function hold(): Promise<{ port: number; release: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const address = server.address()
        resolve({
          port: typeof address === 'object' && address ? address.port : 0,
          release: () => new Promise((released) => server.close(() => released())),
        })
      })
  })
}

/** @param base undefined: the usual ports; else nine ports in a row from there, the gateway's first */
export function portsFrom(base: number | undefined): Ports {
  if (base === undefined) return USUAL
  return Object.fromEntries(LISTENERS.map((name, at) => [name, base + at])) as Ports
}
