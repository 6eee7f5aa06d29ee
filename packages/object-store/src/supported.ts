import { S3Error } from './s3-error.ts'
import type { S3Request } from './s3-request.ts'

/** Parameters that make a request another operation, which is not here. */
const OPERATIONS = new Set(
  (
    'accelerate acl analytics append attributes cors delete encryption intelligent-tiering inventory legal-hold lifecycle ' +
    'location logging metadata metrics notification object-lock ownershipControls partNumber policy policyStatus ' +
    'publicAccessBlock replication requestPayment restore retention select session tagging torrent uploadId uploads ' +
    'versionId versioning versions website'
  ).split(' '),
)

const HEADERS = new RegExp(
  '^x-amz-(?:date|content-sha256|decoded-content-length|trailer|user-agent|sdk-checksum-algorithm|checksum-.+|meta-.+|' +
    'copy-source|copy-source-if-match|metadata-directive|acl|storage-class|security-token)$',
)

/**
 * Refuses what this store would otherwise silently not do: somebody who asks for encryption must not get none.
 * @param headers as they count, see effectiveHeaders
 * @throws S3Error NotImplemented or AccessControlListNotSupported
 */
export function refuseUnsupported(request: S3Request, headers: ReadonlyMap<string, string>): void {
  for (const name of request.query.keys())
    if (OPERATIONS.has(name)) throw new S3Error('NotImplemented', `This store does not do ?${name}.`)
  for (const name of headers.keys())
    if (name.startsWith('x-amz-') && !HEADERS.test(name))
      throw new S3Error('NotImplemented', `This store does not do ${name}.`)
  const acl = headers.get('x-amz-acl')
  if (acl !== undefined && acl !== 'private' && acl !== 'bucket-owner-full-control')
    throw new S3Error('AccessControlListNotSupported')
  if ((headers.get('x-amz-storage-class') ?? 'STANDARD') !== 'STANDARD')
    throw new S3Error('NotImplemented', 'This store has one storage class, STANDARD.')
}
