/** Digest of what was built; put in by the bundler. */
declare const __RELEASE__: string
