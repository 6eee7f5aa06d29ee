/** Any value that JSON can hold. Everything that is signed or judged is one of these. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json }

/** Largest observation that is kept inline, in bytes of canonical JSON. Anything larger is a blob. */
export const OBSERVATION_BYTES_MAX = 256 * 1024

/** A SHA-256 digest as `sha256:<64 lower-case hex digits>`. */
export type Digest = `sha256:${string}`
