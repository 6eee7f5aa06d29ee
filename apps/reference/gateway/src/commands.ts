import { ConfigError } from '@greengate/kit/config'
import type { Certificate, Service } from '@greengate/kit/http'
import type { Running } from '@greengate/kit/lifecycle'
import { type Env, openTelemetry } from '@greengate/reference-base'
import { type CertificateFiles, followCertificate, type HangUps, readCertificate } from './certificate-files.ts'
import { type Config, readConfig } from './config.ts'
import { createGateway, createRedirect } from './gateway.ts'
import { sharedLimits } from './shared-limits.ts'
import { variables } from './variables.ts'

export const SERVICE = 'reference-gateway'

interface Started extends Running {
  readonly port: number
  /** Of the listener that redirects; null where there is none. */
  readonly redirectPort: number | null
}

/** @throws ConfigError for files that cannot be read */
async function certificateOf(config: Config): Promise<{ files: CertificateFiles; pair: Certificate } | null> {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = config
  if (certFile === undefined || keyFile === undefined) return null
  const files = { certFile, keyFile }
  try {
    return { files, pair: await readCertificate(files) }
  } catch {
    throw new ConfigError([{ variable: 'TLS_CERT_FILE', problem: 'or TLS_KEY_FILE names a file that cannot be read' }])
  }
}

/** Starts the gateway. Nothing behind it has to be there: what is away is answered for. @throws ConfigError */
export async function startService(
  env: Env,
  { write, hangUps = process }: { readonly write?: (line: string) => void; readonly hangUps?: HangUps } = {},
): Promise<Started> {
  const config = readConfig(env)
  const tls = await certificateOf(config)
  const telemetry = await openTelemetry(SERVICE, variables, env, config, write)
  const { logger } = telemetry
  const shared =
    config.RATE_LIMIT_STORE_URL === undefined
      ? null
      : await sharedLimits({
          url: config.RATE_LIMIT_STORE_URL,
          perMin: config.RATE_LIMIT_PER_MIN,
          replicas: config.REPLICAS,
          logger,
        })
  const opened: Service[] = []
  let unfollow = (): void => {}
  try {
    const gateway = gatewayWith(config, tls?.pair ?? null)
    opened.push(gateway)
    const port = await gateway.listen(config.HOST, config.PORT)
    const redirect = config.HTTP_REDIRECT_PORT === undefined ? null : createRedirect(config, telemetry)
    if (redirect) opened.unshift(redirect)
    const redirectPort = redirect ? await redirect.listen(config.HOST, config.HTTP_REDIRECT_PORT ?? 0) : null
    if (tls)
      unfollow = followCertificate(tls.files, tls.pair, (pair) => gateway.renewCertificate(pair), { logger, hangUps })
    logger.log('info', 'started', { host: config.HOST, port, tls: tls !== null, environment: config.APP_ENV })
    return { port, redirectPort, stop }
  } catch (error) {
    await stop()
    // What was never made did not close these.
    if (opened.length === 0) await Promise.all([shared?.close(), telemetry.close()])
    throw error
  }

  function gatewayWith(checked: Config, certificate: Certificate | null): Service {
    try {
      return createGateway(checked, {
        telemetry,
        certificate,
        limiter: shared?.limiter ?? null,
        onStop: [async () => shared?.close()],
      })
    } catch (error) {
      if (!(error instanceof RangeError) || !error.message.includes('TLS')) throw error
      throw new ConfigError([{ variable: 'TLS_CERT_FILE', problem: 'and TLS_KEY_FILE hold no pair that can be used' }])
    }
  }

  /** The gateway last: its stop hands over the telemetry. */
  async function stop(): Promise<number> {
    unfollow()
    let code = 0
    for (const service of opened) code = Math.max(code, await service.stop())
    return code
  }
}
