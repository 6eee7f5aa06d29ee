import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { temporaryFolder } from './system-folder.ts'
import { freePortsBeside, LISTENERS, type Ports, portsFrom } from './ports.ts'

/** Processes of ours, in the order in which they start. */
export const SERVICES = ['platform', 'content', 'worker', 'web', 'gateway'] as const
export type ServiceName = (typeof SERVICES)[number]

export interface SystemOptions {
  readonly folder: string
  /** The folder was made for this run and goes with it. */
  readonly temporary?: boolean
  readonly ports: Ports
  readonly tls: boolean
  /** Not started here: somebody runs them in an editor. */
  readonly without: readonly ServiceName[]
  /** Only databases, store, mailbox and stand-in, with nothing in them: for a restore. */
  readonly serversOnly?: boolean
  /** Requests a minute that one address may send to the gateway. Default 60,000: who works locally is one address. */
  readonly ratePerMin?: number
  /** Where a proxy in front that ends TLS is reached; the gateway itself then answers plain HTTP. */
  readonly behind?: string
}

export const USAGE = `npm run platform -- [--port-base N] [--folder DIR] [--no-tls] [--without NAME,... | --servers-only]

  --port-base     nine ports in a row from N: ${LISTENERS.join(', ')}; default: the usual ones, with the gateway on 8443
  --gateway-port  the gateway's port; the others are whatever is free
  --rate-per-min  requests a minute that one address may send to the gateway; default 60000
  --folder        where databases, media, certificate and secrets are kept; default: .platform in the checkout
  --behind URL    the https address of a proxy in front that ends TLS; implies --no-tls
  --no-tls        the gateway answers plain HTTP
  --temporary     a folder of its own instead, which is gone afterwards
  --without       processes you start yourself: ${SERVICES.join(', ')}
  --servers-only  none of them, and nothing in the databases: for npm run platform:restore

Ends with 0 after Ctrl-C, 1 when something did not start or did not stay up, 2 when it runs already, 64 when it was
started wrongly.
`

const ROOT = join(import.meta.dirname, '..', '..', '..', '..', '..')
const RATE_MAX = 600_000
const PORT_BASE_MAX = 65_535 - LISTENERS.length

const isService = (name: string): name is ServiceName => SERVICES.some((one) => one === name)

/** @throws TypeError, RangeError for a command line that makes no sense */
export async function readOptions(args: readonly string[]): Promise<SystemOptions | 'help'> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'port-base': { type: 'string' },
      'gateway-port': { type: 'string' },
      'rate-per-min': { type: 'string', default: '60000' },
      folder: { type: 'string', default: join(ROOT, '.platform') },
      temporary: { type: 'boolean', default: false },
      behind: { type: 'string' },
      'no-tls': { type: 'boolean', default: false },
      without: { type: 'string', default: '' },
      'servers-only': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const base = values['port-base']
  if (base !== undefined && (!/^\d{4,5}$/.test(base) || Number(base) < 1024 || Number(base) > PORT_BASE_MAX))
    throw new RangeError(`--port-base is 1024 to ${PORT_BASE_MAX}`)
  const gateway = values['gateway-port']
  if (gateway !== undefined && (base !== undefined || !/^\d{4,5}$/.test(gateway) || Number(gateway) > 65_535))
    throw new RangeError('--gateway-port is 1024 to 65535, and not given beside --port-base')
  const { behind } = values
  if (behind !== undefined && !/^https:\/\/[a-z0-9.-]+(?::\d{1,5})?$/.test(behind))
    throw new RangeError('--behind is an https origin')
  const ratePerMin = Number(values['rate-per-min'])
  if (!/^\d{1,6}$/.test(values['rate-per-min']) || ratePerMin < 1 || ratePerMin > RATE_MAX)
    throw new RangeError(`--rate-per-min is 1 to ${RATE_MAX}`)
  const without = values.without === '' ? [] : values.without.split(',')
  const unknown = without.find((name) => !isService(name))
  if (unknown !== undefined) throw new RangeError(`--without knows ${SERVICES.join(', ')}, not ${unknown}`)
  return {
    folder: values.temporary ? temporaryFolder() : resolve(values.folder),
    temporary: values.temporary,
    ports:
      gateway === undefined
        ? portsFrom(base === undefined ? undefined : Number(base))
        : await freePortsBeside(Number(gateway)),
    ratePerMin,
    tls: !values['no-tls'] && behind === undefined,
    ...(behind === undefined ? {} : { behind }),
    without: values['servers-only'] ? SERVICES : without.filter(isService),
    serversOnly: values['servers-only'],
  }
}
