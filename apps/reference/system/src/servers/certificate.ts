import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { writePrivate } from '../start/secrets.ts'

export interface LocalCertificate {
  /** The authority to trust, PEM. */
  readonly caFile: string
  readonly certFile: string
  readonly keyFile: string
}

const DAY_MS = 86_400_000
const AUTHORITY_DAYS = 3650
// What browsers take at most.
const CERTIFICATE_DAYS = 397
const RENEW_BEFORE_MS = 30 * DAY_MS

/** Whether both files are there, belong together and are good for a while. */
function isGood(certFile: string, keyFile: string, issuerFile: string, nowMs: number): boolean {
  if (![certFile, keyFile, issuerFile].every((file) => existsSync(file))) return false
  const certificate = new X509Certificate(readFileSync(certFile))
  const issuer = new X509Certificate(readFileSync(issuerFile))
  return Date.parse(certificate.validTo) - nowMs > RENEW_BEFORE_MS && certificate.verify(issuer.publicKey)
}

/**
 * An authority of this folder, and a certificate for this machine that it signed; both are made when they are missing and
 * renewed a month before they end.
 */
export async function localCertificate(folder: string, nowMs: number): Promise<LocalCertificate> {
  const files = {
    caFile: join(folder, 'ca.pem'),
    certFile: join(folder, 'localhost.pem'),
    keyFile: join(folder, 'localhost-key.pem'),
  }
  const caKeyFile = join(folder, 'ca-key.pem')
  const from = new Date(nowMs - DAY_MS)
  const common = { keyType: 'ec', algorithm: 'sha256', notBeforeDate: from } as const
  if (!isGood(files.caFile, caKeyFile, files.caFile, nowMs)) {
    const authority = await generate([{ name: 'commonName', value: 'Reference platform, this machine only' }], {
      ...common,
      notAfterDate: new Date(nowMs + AUTHORITY_DAYS * DAY_MS),
      extensions: [
        { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
    })
    writePrivate(caKeyFile, authority.private)
    writePrivate(files.caFile, authority.cert)
  }
  if (!isGood(files.certFile, files.keyFile, files.caFile, nowMs)) {
    const certificate = await generate([{ name: 'commonName', value: 'localhost' }], {
      ...common,
      notAfterDate: new Date(nowMs + CERTIFICATE_DAYS * DAY_MS),
      ca: { key: readFileSync(caKeyFile, 'utf8'), cert: readFileSync(files.caFile, 'utf8') },
      extensions: [
        { name: 'basicConstraints', cA: false, critical: true },
        { name: 'keyUsage', digitalSignature: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 7, ip: '127.0.0.1' },
            { type: 7, ip: '::1' },
          ],
        },
      ],
    })
    writePrivate(files.keyFile, certificate.private)
    writePrivate(files.certFile, certificate.cert)
  }
  return files
}
