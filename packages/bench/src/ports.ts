import { readFileSync } from 'node:fs'
import net from 'node:net'
import type { Random } from '@greengate/contracts'
import { GreengateError } from '@greengate/contracts'

const ATTEMPTS_MAX = 200
const LOWEST = 15_000

/**
 * A port on 127.0.0.1 that nobody listens on, kept until {@link releasePort} or the end of this process. It lies below the range
 * from which the kernel takes the ports of outgoing connections, so that none of those takes it while its listener is away on
 * purpose; on Linux it is also kept from every other Greengate on this machine.
 *
 * @throws GreengateError `SANDBOX_FAILED` when none is found in 200 attempts
 */
export async function freePort(random: Random): Promise<number> {
  const highest = ephemeralStart() - 1
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const port = LOWEST + Math.floor(random.next() * (highest - LOWEST))
    if (taken.has(port)) continue
    taken.set(port, null)
    const claim = await claimOf(port)
    if (claim !== 'others' && (await isFree(port))) {
      taken.set(port, claim)
      return port
    }
    if (claim !== 'others') claim?.close()
    taken.delete(port)
  }
  throw new GreengateError('SANDBOX_FAILED', `No free port between ${LOWEST} and ${highest} on 127.0.0.1.`)
}

/** Gives a port back for use by others. */
export function releasePort(port: number): void {
  taken.get(port)?.close()
  taken.delete(port)
}

/** Ports that this process has handed out, with what keeps them from others: a service that is started again must not lose its own. */
const taken = new Map<number, net.Server | null>()

/**
 * Says to the others that a port is ours: a name in Linux's abstract socket namespace, which is as wide as the network namespace
 * that ports belong to, and which the kernel takes back however this process ends. Null where there is no such thing.
 */
function claimOf(port: number): Promise<net.Server | null | 'others'> {
  if (process.platform !== 'linux') return Promise.resolve(null)
  return new Promise((resolve) => {
    const claim = net.createServer((stranger) => stranger.destroy())
    claim.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE' ? 'others' : null))
    claim.listen({ path: `\0greengate-port-${port}` }, () => {
      claim.unref()
      resolve(claim)
    })
  })
}

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
