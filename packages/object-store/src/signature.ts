import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { canonicalRequest } from './canonical-request.ts'
import { S3Error } from './s3-error.ts'
import type { S3Request } from './s3-request.ts'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
}

/** A request whose signature is right. */
export interface Signed {
  readonly by: 'header' | 'address'
  readonly amzDate: string
  readonly scope: string
  readonly signature: string
  readonly signingKey: Buffer
  /** What was signed for the body: a SHA-256 in hex, or one of the words for bodies that are not hashed up front. */
  readonly payloadHash: string
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
const SKEW_MS_MAX = 15 * 60_000
const EXPIRES_S_MAX = 7 * 86_400

export const sha256Hex = (data: Buffer | string): string =>
  createHash('sha256')
    .update(typeof data === 'string' ? Buffer.from(data, 'latin1') : data)
    .digest('hex')

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text, 'latin1').digest()

export function signingKeyOf(secretAccessKey: string, scope: string): Buffer {
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`)
  for (const part of scope.split('/')) key = hmac(key, part)
  return key
}

export const signatureOf = (signingKey: Buffer, text: string): string => hmac(signingKey, text).toString('hex')

/** Takes equally long wherever the two differ. */
export function sameText(one: string, other: string): boolean {
  return timingSafeEqual(createHash('sha256').update(one).digest(), createHash('sha256').update(other).digest())
}

interface Claim {
  readonly by: 'header' | 'address'
  readonly credential: string
  readonly signedHeaders: string
  readonly signature: string
  readonly amzDate: string
  readonly payloadHash: string
  readonly expiresS: number | null
}

type Malformed = 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError'
const malformed = (claim: Pick<Claim, 'by'>): Malformed =>
  claim.by === 'header' ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError'

function headerClaim(request: S3Request, authorization: string): Claim {
  const match = /^AWS4-HMAC-SHA256 +Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
    authorization,
  )
  if (!match) throw new S3Error('AuthorizationHeaderMalformed')
  const payloadHash = request.headers.get('x-amz-content-sha256')
  if (payloadHash === undefined) throw new S3Error('InvalidRequest', 'x-amz-content-sha256 is needed.')
  const amzDate = request.headers.get('x-amz-date')
  if (amzDate === undefined) throw new S3Error('AccessDenied', 'x-amz-date is needed.')
  const [, credential = '', signedHeaders = '', signature = ''] = match
  return { by: 'header', credential, signedHeaders, signature, amzDate, payloadHash, expiresS: null }
}

function addressClaim(request: S3Request): Claim {
  const of = (name: string): string => {
    const value = request.query.get(name)
    if (value === undefined) throw new S3Error('AuthorizationQueryParametersError', `${name} is needed.`)
    return value
  }
  if (of('X-Amz-Algorithm') !== ALGORITHM)
    throw new S3Error('AuthorizationQueryParametersError', `X-Amz-Algorithm is ${ALGORITHM}.`)
  const expires = of('X-Amz-Expires')
  const expiresS = /^[1-9][0-9]{0,6}$/.test(expires) ? Number(expires) : 0
  if (expiresS < 1 || expiresS > EXPIRES_S_MAX)
    throw new S3Error('AuthorizationQueryParametersError', 'X-Amz-Expires is 1 to 604800 seconds.')
  if (!/^[0-9a-f]{64}$/.test(of('X-Amz-Signature'))) throw new S3Error('AuthorizationQueryParametersError')
  return {
    by: 'address',
    credential: of('X-Amz-Credential'),
    signedHeaders: of('X-Amz-SignedHeaders'),
    signature: of('X-Amz-Signature'),
    amzDate: of('X-Amz-Date'),
    payloadHash:
      request.query.get('X-Amz-Content-Sha256') ?? request.headers.get('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD',
    expiresS,
  }
}

function checkTime(claim: Claim, nowMs: number): void {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(claim.amzDate)
  const [, year, month, day, hour, minute, second] = match ?? []
  const signedMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (!match || Number.isNaN(signedMs))
    throw new S3Error(malformed(claim), 'The date is not written as YYYYMMDDTHHMMSSZ.')
  if (claim.expiresS === null) {
    if (Math.abs(nowMs - signedMs) > SKEW_MS_MAX) throw new S3Error('RequestTimeTooSkewed')
    return
  }
  if (signedMs - nowMs > SKEW_MS_MAX) throw new S3Error('AccessDenied', 'The request is not valid yet.')
  if (nowMs > signedMs + claim.expiresS * 1000) throw new S3Error('AccessDenied', 'The request has expired.')
}

/** @returns the scope, which says for what day, region and service a signing key is good */
function checkCredential(claim: Claim, credentials: Credentials): string {
  // An access key may have slashes in it, a scope has exactly four parts.
  const parts = claim.credential.split('/')
  const scope = parts.slice(-4)
  const [date, region, service, end] = scope
  if (parts.length < 5 || service !== 's3' || end !== 'aws4_request' || date !== claim.amzDate.slice(0, 8))
    throw new S3Error(malformed(claim), 'The credential is not of this day, for s3, or does not end in aws4_request.')
  if (region !== credentials.region) throw new S3Error(malformed(claim), `The region is ${credentials.region}.`)
  if (!sameText(parts.slice(0, -4).join('/'), credentials.accessKeyId)) throw new S3Error('InvalidAccessKeyId')
  return scope.join('/')
}

function checkSignedHeaders(claim: Claim, request: S3Request): readonly string[] {
  const names = claim.signedHeaders.split(';')
  const sorted = names.every((name, at) => at === 0 || (names[at - 1] ?? '') < name)
  if (!sorted || !names.every((name) => /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)))
    throw new S3Error(malformed(claim), 'Signed headers are in lower case, sorted, each once.')
  if (!names.includes('host')) throw new S3Error(malformed(claim), 'host has to be signed.')
  if (names.some((name) => !request.headers.has(name)))
    throw new S3Error('SignatureDoesNotMatch', 'A signed header is missing.')
  // Whatever changes what the request does must have been signed.
  const unsigned = [...request.headers.keys()].find((name) => name.startsWith('x-amz-') && !names.includes(name))
  if (unsigned !== undefined) throw new S3Error('AccessDenied', `${unsigned} was sent, but not signed.`)
  return names
}

/**
 * Checks who signed a request, what of it, and when; null when nobody claims to have.
 * @throws S3Error when any of it is not right
 */
export function verifySignature(request: S3Request, credentials: Credentials, nowMs: number): Signed | null {
  const authorization = request.headers.get('authorization')
  const inAddress = [...request.query.keys()].some((name) => /^x-amz-(?:algorithm|credential|signature)$/i.test(name))
  if (authorization === undefined && !inAddress) return null
  if (authorization !== undefined && inAddress)
    throw new S3Error('InvalidArgument', 'A request is signed in its headers or in its address, not in both.')
  if (request.headers.has('x-amz-security-token') || request.query.has('X-Amz-Security-Token'))
    throw new S3Error('InvalidToken')
  const claim = authorization === undefined ? addressClaim(request) : headerClaim(request, authorization)
  const scope = checkCredential(claim, credentials)
  const signedHeaders = checkSignedHeaders(claim, request)
  const canonical = canonicalRequest(request, signedHeaders, claim.payloadHash)
  const signingKey = signingKeyOf(credentials.secretAccessKey, scope)
  const toSign = [ALGORITHM, claim.amzDate, scope, sha256Hex(canonical)].join('\n')
  if (!sameText(signatureOf(signingKey, toSign), claim.signature)) throw new S3Error('SignatureDoesNotMatch')
  checkTime(claim, nowMs)
  const { by, amzDate, signature, payloadHash } = claim
  return { by, amzDate, scope, signature, signingKey, payloadHash }
}

const AUTHENTICATION = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signedheaders',
  'x-amz-signature',
])

/**
 * Headers as they count: presigners move `x-amz-*` headers into the address, where they mean the same.
 * @throws S3Error InvalidRequest when one is in both places
 */
export function effectiveHeaders(request: S3Request, signed: Signed | null): ReadonlyMap<string, string> {
  if (signed?.by !== 'address') return request.headers
  const headers = new Map(request.headers)
  for (const [name, value] of request.query) {
    const header = name.toLowerCase()
    if (!header.startsWith('x-amz-') || AUTHENTICATION.has(header)) continue
    if (headers.has(header)) throw new S3Error('InvalidRequest', `${header} is in the address and in the headers.`)
    headers.set(header, value)
  }
  return headers
}
