import fc from 'fast-check'
import { parseDictionary } from 'structured-headers'
import { describe, expect, it } from 'vitest'
import {
  buildPolicy,
  type CspDirectives,
  cspNonce,
  createSecurityHeaders,
  type SecurityHeaderOptions,
  securityHeaders,
} from './index.ts'

/** Any UTF-16 code unit: control characters and lone surrogates too. */
const codeUnit = fc.nat(0xffff).map((unit) => String.fromCharCode(unit))

describe('buildPolicy', () => {
  it('writes directives in the order given, and nonces where they are asked for', () => {
    const policy = buildPolicy({
      'default-src': ["'none'"],
      'script-src': [cspNonce, "'strict-dynamic'"],
      'style-src': ["'self'", cspNonce],
      sandbox: ['allow-scripts'],
      'upgrade-insecure-requests': true,
      'report-to': 'csp',
      'require-trusted-types-for': ["'script'"],
      'trusted-types': ['lit-html', "'allow-duplicates'"],
    })
    expect(policy.usesNonce).toBe(true)
    expect(policy.withNonce('abc')).toBe(
      "default-src 'none'; script-src 'nonce-abc' 'strict-dynamic'; style-src 'self' 'nonce-abc'; sandbox allow-scripts; upgrade-insecure-requests; report-to csp; require-trusted-types-for 'script'; trusted-types lit-html 'allow-duplicates'",
    )
    // Without a nonce nothing is more open than with one.
    expect(policy.text).toContain("script-src 'strict-dynamic'; style-src 'self';")
  })

  it('leaves a list that waits for a nonce empty, not absent', () => {
    expect(buildPolicy({ 'script-src': [cspNonce] }).text).toBe("script-src 'none'")
  })

  it.each([
    ["'self'"],
    ['https://cdn.acme.test'],
    ['https://*.acme.test:8443/assets/'],
    ['wss://live.acme.test'],
    ['cdn.acme.test'],
    ["'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"],
  ])('takes %s for scripts', (source) => {
    expect(buildPolicy({ 'script-src': [source] }).text).toBe(`script-src ${source}`)
  })

  it.each([
    "'unsafe-inline'",
    "'unsafe-eval'",
    "'unsafe-hashes'",
    "'wasm-unsafe-eval'",
    '*',
    'https:',
    'data:',
    'blob:',
    'http://cdn.acme.test',
    'https://*.test',
    '*.test',
  ])('takes %s only by its name', (source) => {
    expect(() => buildPolicy({ 'script-src': [source] })).toThrow(/unsafeSources/)
    expect(() => buildPolicy({ 'script-src': [source] }, { unsafeSources: [`style-src ${source}`] })).toThrow(
      RangeError,
    )
    expect(buildPolicy({ 'script-src': [source] }, { unsafeSources: [`script-src ${source}`] }).text).toContain(source)
  })

  it('takes data: and blob: for what does not run', () => {
    expect(buildPolicy({ 'img-src': ['data:', 'blob:'] }).text).toBe('img-src data: blob:')
  })

  it.each([
    "'nonce-fixed'",
    "'none' 'self'",
    "'Self'",
    'self',
    'https://a.test; script-src *',
    'https://a.test,https://b.test',
    'https://a.test\r\nset-cookie: a=b',
    "'sha256-short='",
    '',
    'javascript:alert(1)',
    'https://',
    'x'.repeat(257),
  ])('refuses %j: no source at all, whatever is named', (source) => {
    expect(() => buildPolicy({ 'script-src': [source] })).toThrow(RangeError)
  })

  it.each<[string, unknown]>([
    ['none beside others', { 'script-src': ["'none'", "'self'"] }],
    ['an unknown directive', { 'scripts-src': ["'self'"] }],
    ['an unknown flag', { sandbox: ['allow-everything'] }],
    ['an empty list', { 'script-src': [] }],
    ['strict-dynamic with nothing to trust', { 'script-src': ["'self'", "'strict-dynamic'"] }],
    ['a nonce for images', { 'img-src': [cspNonce] }],
    ['no directive', {}],
    ['an endpoint that is none', { 'report-to': 'a b' }],
    ['too much', { 'img-src': Array.from({ length: 200 }, (_, i) => `https://host-number-${i}.acme.test`) }],
  ])('refuses %s', (_name, directives) => {
    expect(() => buildPolicy(directives as CspDirectives)).toThrow(RangeError)
  })

  it('refuses a weak source that is named and not used', () => {
    expect(() => buildPolicy({ 'script-src': ["'self'"] }, { unsafeSources: ["script-src 'unsafe-eval'"] })).toThrow(
      /lacks/,
    )
  })

  // Goal: no source, however odd, brings in another directive or header. Method: any string as a source.
  it('lets no source end its directive', () => {
    const write = (source: string): string | null => {
      for (const options of [{}, { unsafeSources: [`img-src ${source}`] as const }]) {
        try {
          return buildPolicy({ 'img-src': [source] }, options).text
        } catch (error) {
          if (!(error instanceof RangeError)) throw error
        }
      }
      return null
    }
    const piece = fc.constantFrom(
      'https://',
      '*',
      '.',
      'a',
      'test',
      ':',
      '8080',
      '/',
      ';',
      ',',
      ' ',
      "'",
      '\n',
      'http:',
      '\0',
    )
    const anything = fc.oneof(
      fc.string({ unit: codeUnit }),
      fc.array(piece, { maxLength: 8 }).map((parts) => parts.join('')),
      fc.array(piece, { maxLength: 2 }).map((parts) => `https://a.test${parts.join('')}`),
    )
    let written = 0
    fc.assert(
      fc.property(anything, (source) => {
        const text = write(source)
        if (text === null) return
        written += 1
        expect(text).toMatch(/^img-src [\x21-\x7e]+$/)
        expect(text).not.toMatch(/[;,]/)
      }),
      { numRuns: 1000 },
    )
    expect(written).toBeGreaterThan(20)
  })

  it('is quick with 100 kB', () => {
    const started = performance.now()
    for (const unit of ['a', 'a.', '-', '/', "'", 'https://a.', '*.'])
      expect(() => buildPolicy({ 'img-src': [unit.repeat(100_000)] })).toThrow(RangeError)
    expect(performance.now() - started).toBeLessThan(500)
  })
})

describe('createSecurityHeaders', () => {
  it('keeps the headers of an API as they were', () => {
    expect(securityHeaders).toEqual({
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      'strict-transport-security': 'max-age=63072000; includeSubDomains',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'permissions-policy': 'accelerometer=(), camera=(), geolocation=(), microphone=(), payment=(), usb=()',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(createSecurityHeaders().api.headers).toEqual(securityHeaders)
  })

  it('gives frozen objects, the same each time, and the same flat', () => {
    const { api, download } = createSecurityHeaders()
    expect(Object.isFrozen(api.headers) && Object.isFrozen(api.flat) && Object.isFrozen(api)).toBe(true)
    expect(api.flat).toEqual(Object.entries(api.headers).flat())
    expect(api.kind).toBe('fixed')
    expect(download.headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/)
    expect(download.headers['content-disposition']).toBe('attachment')
    expect(download.headers['x-content-type-options']).toBe('nosniff')
  })

  it('gives documents a nonce each, and no script without one', () => {
    const { document } = createSecurityHeaders()
    if (document.kind !== 'nonce') throw new Error('a document needs nonces')
    const nonces = Array.from({ length: 1000 }, () => document.nonce())
    expect(new Set(nonces).size).toBe(1000)
    for (const nonce of nonces) expect(nonce).toMatch(/^[A-Za-z0-9+/]{22}==$/)
    expect(document.policy('abc')).toContain("script-src 'nonce-abc' 'strict-dynamic'")
    expect(document.headers['content-security-policy']).not.toContain('nonce')
    // With no-referrer a browser would send `Origin: null` on the page's own forms.
    expect(document.headers['referrer-policy']).toBe('same-origin')
  })

  it('takes profiles of your own, from a base', () => {
    const headers = createSecurityHeaders({
      profiles: {
        widget: {
          base: 'document',
          csp: { 'frame-ancestors': ['https://partner.test'], 'manifest-src': null },
          unsafeWithout: ['x-frame-options'],
          headers: { 'Cross-Origin-Resource-Policy': 'cross-origin' },
          reportOnly: { 'script-src': ["'self'"] },
        },
      },
      reportingEndpoints: { csp: 'https://reports.acme.test/csp', other: 'https://reports.acme.test/other' },
    })
    expect(headers.widget.headers['x-frame-options']).toBeUndefined()
    expect(headers.widget.headers['cross-origin-resource-policy']).toBe('cross-origin')
    expect(headers.widget.headers['content-security-policy']).toContain('frame-ancestors https://partner.test')
    expect(headers.widget.headers['content-security-policy']).not.toContain('manifest-src')
    expect(headers.widget.headers['content-security-policy-report-only']).toBe("script-src 'self'; report-to csp")
    expect(headers.api.headers['content-security-policy']).toMatch(/; report-to csp$/)
    // Another parser reads the endpoints as what was meant.
    const endpoints = parseDictionary(headers.api.headers['reporting-endpoints'] ?? '')
    expect([...endpoints].map(([name, [address]]) => [name, address])).toEqual([
      ['csp', 'https://reports.acme.test/csp'],
      ['other', 'https://reports.acme.test/other'],
    ])
  })

  it.each([
    ['another policy', { profiles: { api: { headers: { 'content-security-policy': "default-src 'self'" } } } }],
    ['a header of two lines', { profiles: { api: { headers: { 'x-a': 'b\r\nset-cookie: c=d' } } } }],
    ['a header that is none', { profiles: { api: { headers: { 'x a': 'b' } } } }],
    ['leaving out what is not there', { profiles: { api: { unsafeWithout: ['x-nothing'] } } }],
    ['a nonce in a policy that only reports', { profiles: { api: { reportOnly: { 'script-src': [cspNonce] } } } }],
    ['reports without TLS', { reportingEndpoints: { csp: 'http://reports.acme.test' } }],
    ['an endpoint with a quote', { reportingEndpoints: { 'a"b': 'https://reports.acme.test' } }],
    ['preloading for a day', { hstsPreload: true, hstsMaxAgeS: 86_400 }],
    ['preloading without subdomains', { hstsPreload: true, hstsIncludeSubDomains: false }],
    ['half a second', { hstsMaxAgeS: 0.5 }],
  ])('refuses %s', (_name, options) => {
    expect(() => createSecurityHeaders(options as SecurityHeaderOptions)).toThrow(RangeError)
  })

  it('states preloading, and forgetting', () => {
    const hsts = (options: SecurityHeaderOptions) =>
      createSecurityHeaders(options).api.headers['strict-transport-security']
    expect(hsts({ hstsPreload: true })).toBe('max-age=63072000; includeSubDomains; preload')
    expect(hsts({ hstsMaxAgeS: 0, hstsIncludeSubDomains: false })).toBe('max-age=0')
  })
})
