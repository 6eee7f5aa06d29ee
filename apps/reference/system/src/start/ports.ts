import { createServer } from 'node:net'
import { SystemError } from './system-folder.ts'

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

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const { port, release } = await hold()
  await release()
  return port
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

const FIRST_PORT = 20_000
/** Up to where the kernel takes the ports of outgoing connections from. */
const PORTS = 12_000
const TRIES = 50

/** Whether a listener could be made on this port of the loopback address now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

/**
 * The first of as many free ports in a row as there are listeners.
 * @param random uniform in [0, 1)
 * @throws SystemError `not_startable` when none are found in 50 attempts
 */
export async function freePortsInARow(random: () => number): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const first = FIRST_PORT + Math.floor(random() * (PORTS - LISTENERS.length))
    const free = await Promise.all(LISTENERS.map((_name, at) => isFree(first + at)))
    if (free.every(Boolean)) return first
  }
  throw new SystemError('not_startable', 'there are no free ports in a row')
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
