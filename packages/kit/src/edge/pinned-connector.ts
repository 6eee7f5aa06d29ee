import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { isIP } from 'node:net'
import { buildConnector } from 'undici'
import { SafeFetchError } from './safe-fetch-error.ts'
import type { AddressPolicy } from './public-address.ts'

const addressesMax = 32

export interface ConnectorParts {
  /** For one connection with TLS; milliseconds. */
  readonly connectTimeoutMs: number
  /** All addresses of a name. */
  readonly resolve: (hostname: string) => Promise<readonly LookupAddress[]>
  /** Authorities in PEM; undefined for Node's. */
  readonly ca: string | readonly string[] | undefined
}

type LookupCallback = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void

async function answerLookup(
  checked: Promise<LookupAddress[]>,
  options: LookupOptions,
  callback: LookupCallback,
): Promise<void> {
  let addresses: LookupAddress[]
  try {
    addresses = await checked
  } catch (error) {
    callback(error instanceof Error ? error : new SafeFetchError('dns', 'the name does not resolve', error), [])
    return
  }
  const [first] = addresses
  if (options.all || !first) callback(null, addresses)
  else callback(null, first.address, first.family)
}

/** Connects to addresses that were checked, and looks again at the one it got. */
export function pinnedConnector(
  policy: Pick<AddressPolicy, 'allows'>,
  parts: ConnectorParts,
): buildConnector.connector {
  const connect = buildConnector({
    timeout: parts.connectTimeoutMs,
    allowH2: false,
    // Sessions are kept by name, and a name may mean another machine next time.
    maxCachedSessions: 0,
    autoSelectFamily: true,
    ...(parts.ca === undefined ? {} : { ca: typeof parts.ca === 'string' ? parts.ca : [...parts.ca] }),
    lookup: (hostname: string, options: LookupOptions, callback: LookupCallback) => {
      void answerLookup(checkedAddresses(hostname, parts.resolve, policy), options, callback)
    },
  })
  return (options, callback) => {
    // An address instead of a name is connected to without any look-up.
    const host = options.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0 && !policy.allows(host)) {
      callback(new SafeFetchError('address', 'this address is not public'), null)
      return
    }
    connect(options, (...result) => {
      const [error, socket] = result
      if (error === null && !policy.allows(socket.remoteAddress ?? '')) {
        socket.destroy()
        callback(new SafeFetchError('address', 'this address is not public'), null)
      } else callback(...result)
    })
  }
}

async function checkedAddresses(
  hostname: string,
  resolve: ConnectorParts['resolve'],
  policy: Pick<AddressPolicy, 'allows'>,
): Promise<LookupAddress[]> {
  let found: readonly LookupAddress[]
  try {
    found = await resolve(hostname)
  } catch (cause) {
    throw new SafeFetchError('dns', 'the name does not resolve', cause)
  }
  if (found.length === 0) throw new SafeFetchError('dns', 'the name has no address')
  const addresses = found.slice(0, addressesMax)
  // One inside among public ones is how a rebinding name looks: none of them is taken.
  for (const { address } of addresses) {
    if (!policy.allows(address)) throw new SafeFetchError('address', 'this name leads to an address that is not public')
  }
  return addresses
}

/** Asks the system's resolver, hosts file included. */
export function systemResolve(hostname: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    systemLookup(hostname, { all: true, verbatim: true }, (error, addresses) => {
      if (error) reject(error)
      else resolve(addresses)
    })
  })
}
