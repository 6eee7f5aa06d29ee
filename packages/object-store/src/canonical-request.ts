import type { S3Request } from './s3-request.ts'

/** The encoding of AWS: everything but letters, digits and `-._~`, in upper case hex. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
}

const canonicalPath = (path: string): string => path.split('/').map(uriEncode).join('/')

const byBytes = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

function canonicalQuery(query: ReadonlyMap<string, string>): string {
  // Encoded first: the order is the one of the encoded bytes, which are ASCII.
  return [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([one], [other]) => byBytes(one, other))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/**
 * The text that a signature stands for, see "Create a signed AWS API request". S3's paths are encoded once and never
 * normalised. Every character is a byte: hash it as latin1.
 * @param signedHeaders in lower case and sorted; all of them present
 */
export function canonicalRequest(
  request: Pick<S3Request, 'method' | 'path' | 'query' | 'headers'>,
  signedHeaders: readonly string[],
  payloadHash: string,
): string {
  const headers = signedHeaders.map(
    (name) => `${name}:${(request.headers.get(name) ?? '').trim().replace(/ {2,}/g, ' ')}\n`,
  )
  return [
    request.method,
    canonicalPath(request.path),
    canonicalQuery(request.query),
    headers.join(''),
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
}
