import { readFile } from 'node:fs/promises'
import type { Certificate } from '@greengate/kit/http'
import type { Logger } from '@greengate/kit/telemetry'

export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** What tells that a certificate was renewed; a process is one. */
export interface HangUps {
  on(event: 'SIGHUP', listener: () => void): unknown
  off(event: 'SIGHUP', listener: () => void): unknown
}

/** How often the files are looked at; milliseconds. Mounted secrets change by a link, which watching a file misses. */
export const LOOK_MS = 30_000
const BYTES_MAX = 1_048_576

/** @throws Error for a file that cannot be read, or is far too large for what it is */
export async function readCertificate({ certFile, keyFile }: CertificateFiles): Promise<Certificate> {
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
  if (cert.length + key.length > BYTES_MAX) throw new RangeError('the certificate or its key is too large to be one')
  return { cert, key }
}

/**
 * Applies the files' content when it changes, and on SIGHUP. A pair that cannot be used is logged and the old one stays: files
 * may be between their two changes.
 * @returns ends it
 */
export function followCertificate(
  files: CertificateFiles,
  current: Certificate,
  apply: (certificate: Certificate) => void,
  { logger, hangUps, lookMs = LOOK_MS }: { logger: Logger; hangUps: HangUps; lookMs?: number },
): () => void {
  let known = current
  const look = async (): Promise<void> => {
    try {
      const read = await readCertificate(files)
      if (read.cert === known.cert && read.key === known.key) return
      apply(read)
      known = read
      logger.log('info', 'certificate_renewed', {})
    } catch (error) {
      logger.log('error', 'certificate_not_renewed', { reason: error instanceof Error ? error.message : 'unknown' })
    }
  }
  const onHangUp = (): void => void look()
  const timer = setInterval(onHangUp, lookMs).unref()
  hangUps.on('SIGHUP', onHangUp)
  return () => {
    clearInterval(timer)
    hangUps.off('SIGHUP', onHangUp)
  }
}
