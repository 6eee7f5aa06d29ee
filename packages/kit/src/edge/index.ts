export { AnswerHeaders, type PreparedHeaders } from './answer-headers.ts'
export {
  buildPolicy,
  type ContentSecurityPolicy,
  type CspDirectives,
  type CspFetchDirective,
  cspNonce,
  type CspOptions,
  type CspSandboxFlag,
} from './content-security-policy.ts'
export {
  type CookieAttributes,
  cookieValues,
  hasCookie,
  parseCookieHeader,
  type SameSite,
  serializeCookie,
} from './cookie-header.ts'
export {
  Cors,
  type CorsAnswer,
  type CorsOptions,
  type CorsRoute,
  type CorsRouteOptions,
  type PreflightRequest,
} from './cors.ts'
export {
  type CsrfDecision,
  type CsrfHeaders,
  type CsrfOptions,
  CsrfProtection,
  type CsrfRequest,
  type CsrfTokenOptions,
  CsrfTokens,
} from './csrf.ts'
export { contentDisposition, type FileNameOptions, safeFileName } from './file-name.ts'
export type { ImageSize } from './image-size.ts'
export {
  type AcceptedUpload,
  inspectUpload,
  type UploadOptions,
  type UploadRefusal,
  type UploadResult,
} from './inspect-upload.ts'
export { KeyRing, type SigningKey } from './key-ring.ts'
export {
  type AccessDecision,
  definePermissions,
  type PermissionCell,
  type PermissionGuard,
  type PermissionOptions,
  type Permissions,
  type RoleHolder,
  type RouteAccess,
} from './permissions.ts'
export { AddressPolicy } from './public-address.ts'
export {
  createSafeFetch,
  type SafeFetch,
  type SafeFetchAnswer,
  type SafeFetchOptions,
  type SafeFetchRequest,
} from './safe-fetch.ts'
export { type SafeFetchCode, SafeFetchError } from './safe-fetch-error.ts'
export { type SafeUrlOptions, SafeUrls } from './safe-url.ts'
export {
  type BuiltInProfile,
  createSecurityHeaders,
  type ProfileOptions,
  type SecurityHeaderOptions,
  type SecurityHeaderProfile,
  securityHeaders,
} from './security-headers.ts'
export { type CookieRefusal, type CookieResult, SignedCookie, type SignedCookieOptions } from './signed-cookies.ts'
export type { UploadKind } from './upload-kind.ts'
export {
  type ReplayStore,
  type WebhookHeaders,
  type WebhookOptions,
  type WebhookRefusal,
  type WebhookResult,
} from './webhook.ts'
export {
  signStandardWebhook,
  StandardWebhook,
  type StandardWebhookHeaders,
  type StandardWebhookMessage,
  type StandardWebhookOptions,
} from './webhook-standard.ts'
export { signStripeWebhook, StripeWebhook, type StripeWebhookOptions } from './webhook-stripe.ts'
