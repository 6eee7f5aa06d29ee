import { readFileSync } from 'node:fs'
import net from 'node:net'
import type { Random } from '@greengate/contracts'
import { GreengateError } from '@greengate/contracts'

const ATTEMPTS_MAX = 200
const LOWEST = 15_000

/**
 * A port on 127.0.0.1 that nobody listens on. It lies below the range from which the kernel takes the ports of outgoing
 * connections, so that none of those takes it while its listener is away on purpose.
 */
export async function freePort(random: Random): Promise<number> {
  const highest = ephemeralStart() - 1
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const port = LOWEST + Math.floor(random.next() * (highest - LOWEST))
    if (!taken.has(port) && (await isFree(port))) {
      taken.add(port)
      return port
    }
  }
  throw new GreengateError('SANDBOX_FAILED', `No free port between ${LOWEST} and ${highest} on 127.0.0.1.`)
}

/** Gives a port back for use by others of this process. */
export function releasePort(port: number): void {
  taken.delete(port)
}

/** Ports that this process has handed out: a service that is stopped and started again must not lose its own. */
const taken = new Set<number>()

/** Whether a listener could be made on this port now, on the loopback address and on all addresses. */
export async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'))
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

function ephemeralStart(): number {
  try {
    const start = Number(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split(/\s+/)[0])
    return start > LOWEST + 1000 ? start : 61_000
  } catch {
    return 49_152
  }
}
