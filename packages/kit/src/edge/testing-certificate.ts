/** A certificate for tests of TLS, signed by its own key and made on the spot: no key lies in the repository. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const data = Buffer.concat(content)
  const length =
    data.length < 0x80
      ? [data.length]
      : data.length < 0x100
        ? [0x81, data.length]
        : [0x82, data.length >> 8, data.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), data])
}

const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const sequence = (...content: readonly Uint8Array[]): Buffer => der(0x30, ...content)
const time = (ms: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(ms).toISOString().replaceAll(/[-:T]/g, '').slice(2, 14)}Z`))

/** For one host name (RFC 5280); good from yesterday until tomorrow. Both in PEM. */
export function testCertificate(host: string): { readonly key: string; readonly cert: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
  const name = sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from('test')))))
  const alternativeNames = sequence(oid('551d11'), der(0x04, sequence(der(0x82, Buffer.from(host)))))
  const authority = sequence(oid('551d13'), der(0x04, sequence(der(0x01, Buffer.from([0xff])))))
  const day = 86_400_000
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    name,
    sequence(time(Date.now() - day), time(Date.now() + day)),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    der(0xa3, sequence(alternativeNames, authority)),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey))
  const certificate = sequence(body, ecdsaWithSha256, signature).toString('base64')
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${(certificate.match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`,
  }
}
