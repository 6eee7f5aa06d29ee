/** What S3 calls things that go wrong, with the status it answers. The text is ours. */
export const S3_ERRORS = {
  AccessDenied: [403, 'Access denied.'],
  AccessForbidden: [403, 'This origin, method or header is not allowed by the CORS settings of the store.'],
  AccessControlListNotSupported: [400, 'The bucket has no access control lists.'],
  AuthorizationHeaderMalformed: [400, 'The authorization header is not a valid AWS4-HMAC-SHA256 one.'],
  AuthorizationQueryParametersError: [400, 'The X-Amz-* query parameters are not a valid presigned request.'],
  BadDigest: [400, 'The checksum that was sent is not the one of what arrived.'],
  BucketAlreadyOwnedByYou: [409, 'The bucket exists already.'],
  EntityTooLarge: [400, 'The object is larger than this store takes.'],
  IncompleteBody: [400, 'The body ended before the length that was announced.'],
  InternalError: [500, 'The store could not do this.'],
  InvalidAccessKeyId: [403, 'There is no such access key.'],
  InvalidArgument: [400, 'A parameter has a value that is not allowed.'],
  InvalidBucketName: [400, 'That is not a name a bucket can have.'],
  InvalidDigest: [400, 'Content-MD5 is not the base64 of 16 bytes.'],
  InvalidRange: [416, 'The range is not within the object.'],
  InvalidRequest: [400, 'The request is not valid.'],
  InvalidToken: [400, 'The store gives out no session tokens.'],
  InvalidURI: [400, 'The address cannot be read.'],
  KeyTooLongError: [400, 'A key has at most 1024 bytes.'],
  MalformedTrailerError: [400, 'The trailer of the body is not the one that was announced.'],
  MetadataTooLarge: [400, 'The x-amz-meta-* headers have more than 2 KiB.'],
  MethodNotAllowed: [405, 'The method is not allowed here.'],
  MissingContentLength: [411, 'Content-Length is needed.'],
  NoSuchBucket: [404, 'There is no such bucket.'],
  NoSuchKey: [404, 'There is no such object.'],
  NotImplemented: [501, 'This store does not do that.'],
  PreconditionFailed: [412, 'The object is not as the condition says.'],
  RequestTimeTooSkewed: [403, 'The time of the request and of the store are more than 15 minutes apart.'],
  RequestTimeout: [400, 'The body came too slowly.'],
  SignatureDoesNotMatch: [403, 'The signature is not the one of this request.'],
  SlowDown: [503, 'Too much at once: try again.'],
  XAmzContentSHA256Mismatch: [400, 'x-amz-content-sha256 is not the SHA-256 of what arrived.'],
} as const satisfies Record<string, readonly [status: number, message: string]>

export type S3ErrorCode = keyof typeof S3_ERRORS

/** Something the store refuses; `code` is the word that clients of S3 know it by. */
export class S3Error extends Error {
  override readonly name = 'S3Error'
  readonly code: S3ErrorCode
  readonly status: number

  constructor(code: S3ErrorCode, message?: string, cause?: unknown) {
    super(message ?? S3_ERRORS[code][1], { cause })
    this.code = code
    this.status = S3_ERRORS[code][0]
  }
}
