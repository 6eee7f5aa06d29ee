/** Goal: no way of writing a path leads to something else than was decided about. Method: the pure functions, cases and any text. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { requestPath } from '../src/request-path.ts'
import { LABELS, targetOf } from '../src/routing.ts'

const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'none'
  } catch (error) {
    return (error as { code: string }).code
  }
}

describe('a path', () => {
  it.each([
    ['/', '/', ''],
    ['/v1/usage?from=1&to=%2F', '/v1/usage', '?from=1&to=%2F'],
    ['/v1/%6d%65dia/a%7eb', '/v1/media/a~b', ''],
    ['/docs/%c3%a4?', '/docs/%C3%A4', '?'],
    ['/posts/', '/posts/', ''],
    ['/a.b/..c/d..', '/a.b/..c/d..', ''],
    ['/%252e%252e/x', '/%252e%252e/x', ''],
  ])('%s has one form', (url, path, search) => expect(requestPath(url)).toEqual({ path, search }))

  it.each([
    ['dots', '/v1/media/../maintenance/sweep'],
    ['a dot', '/v1/./media'],
    ['dots at the end', '/v1/media/..'],
    ['escaped dots', '/v1/media/%2e%2E/maintenance'],
    ['half-escaped dots', '/v1/media/.%2e/maintenance'],
    ['dots with a parameter', '/v1/media/..;x=1/maintenance'],
    ['an escaped slash', '/v1/media%2freap'],
    ['an escaped backslash', '/v1/media%5Creap'],
    ['a backslash', '/v1/media\\reap'],
    ['two slashes', '/v1//maintenance'],
    ['two slashes in front', '//evil.test/x'],
    ['an escaped NUL', '/x%00'],
    ['an escaped line break', '/x%0d%0a'],
    ['half an escape', '/x%2'],
    ['no escape', '/x%zz'],
    ['an absolute address', 'http://evil.test/'],
    ['a star', '*'],
    ['a fragment', '/x#y'],
    ['a character beyond ASCII', '/ä'],
    ['nothing', ''],
  ])('with %s is refused', (_what, url) => expect(codeOf(() => requestPath(url))).toBe('malformed_request'))

  it('that is too long is refused', () =>
    expect(codeOf(() => requestPath(`/${'x'.repeat(9000)}`))).toBe('uri_too_long'))

  it('once decided means the same again, whatever it was made of', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      '%2e',
      '%2F',
      '%5c',
      '%41',
      'v1',
      'media',
      'reap',
      ';',
      '\\',
      '?',
      'x',
      '%',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const url = `/${pieces.join('')}`
        if (codeOf(() => requestPath(url)) !== 'none') return
        const { path, search } = requestPath(url)
        expect(requestPath(path + search)).toEqual({ path, search })
        expect(new URL(path, 'http://a.test').pathname).toBe(path)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a target', () => {
  it.each([
    ['/v1/content', 'content'],
    ['/v1/content/posts/x', 'content'],
    ['/v1/media/7/complete', 'content'],
    ['/v1/contents', 'platform'],
    ['/v1/me', 'platform'],
    ['/media/posts/a.jpg', 'media'],
    ['/', 'web'],
    ['/assets/app.js', 'web'],
    ['/v10', 'web'],
  ])('of %s is %s', (path, backend) => {
    const target = targetOf('GET', path)
    expect(target.backend).toBe(backend)
    expect(LABELS).toContain(target.label)
  })

  it.each([
    '/v1/maintenance',
    '/v1/maintenance/sweep',
    '/v1/Maintenance/sweep',
    '/v1/maintenance;x/sweep',
    '/V1/maintenance/sweep',
    '/v1/media/reap',
    '/v1/media/reap/',
    '/v1/media/REAP',
    '/metrics/',
    '/METRICS',
    '/metrics;x',
    '/openapi.json/',
    '/health/x',
    '/ready/',
    '/session/x',
    '/v1',
    '/media/uploads/x',
    '/media/posts/',
    '/media/posts',
    '/MEDIA/posts/x',
    '/media',
  ])('there is none of %s', (path) => {
    for (const method of ['GET', 'POST']) expect(codeOf(() => targetOf(method, path))).toBe('not_found')
  })

  it('of media is there for reading alone', () => {
    for (const method of ['PUT', 'POST', 'DELETE', 'PATCH'])
      expect(codeOf(() => targetOf(method, '/media/posts/a.jpg'))).toBe('method_not_allowed')
  })
})
