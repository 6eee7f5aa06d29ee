/**
 * Goal: what pages say about people, roles, dates and failures is right in any language, and no address leads astray.
 * Method: the pure functions behind them.
 */
import { describe, expect, it } from 'vitest'
import { deviceName } from '../../src/app/account/device-name.ts'
import { isEmail, isNewPassword, isOrganisationSlug, problemsOf } from '../../src/app/account/form-checks.ts'
import { waitWords } from '../../src/app/account/lock-words.ts'
import { returnTo, signInAt, tokenOf } from '../../src/app/account/return-to.ts'
import { uploadProblem } from '../../src/app/admin/upload.ts'
import { managesMembers, mayChange, ROLES, rolesToGive, whyReadOnly } from '../../src/app/organisation/permissions.ts'
import { linksFor } from '../../src/app/shared/app-page.tsx'
import { formatCount, formatMoment, formatNumber, formatRelative, formatSize } from '../../src/app/shared/format.ts'
import { pathOfClick } from '../../src/app/shared/leave-guard.tsx'
import { explain } from '../../src/app/shared/loaded.tsx'
import { isSessionEnd } from '../../src/app/shared/session-end.ts'
import { ApiError } from '../../src/client/api-error.ts'

describe('the way back after sign-in', () => {
  it.each([
    ['/app/acme/usage?range=7d', '/app/acme/usage?range=7d'],
    ['/admin/content', '/admin/content'],
    ['/app', '/app'],
    ['', '/app'],
    ['https://elsewhere.test/app', '/app'],
    ['//elsewhere.test/app', '/app'],
    ['/\\elsewhere.test/app', '/app'],
    ['/app/../sign-in', '/app'],
    ['/appendix', '/app'],
    ['/sign-in', '/app'],
    ['javascript:alert(1)', '/app'],
    [`/app/${'x'.repeat(2000)}`, '/app'],
  ])('from %s is %s', (wanted, path) => {
    expect(returnTo(new URLSearchParams({ return: wanted }))).toBe(path)
  })

  it('survives the way there', () => {
    const address = signInAt({ pathname: '/app/acme/usage', search: '?range=7d&x=%26' }, true)
    expect(returnTo(new URL(address, 'https://here.test').searchParams)).toBe('/app/acme/usage?range=7d&x=%26')
    expect(address).toContain('ended=1')
  })

  it('begins only where the session is what is missing', () => {
    expect(isSessionEnd({ status: 401, code: 'unauthenticated' })).toBe(true)
    expect(isSessionEnd({ status: 401, code: 'sign_in_refused' })).toBe(false)
    expect(isSessionEnd({ status: 403, code: 'forbidden' })).toBe(false)
  })
})

describe('the token of a mailed link', () => {
  it.each([
    ['#token=gv_abcdefgh-123_4', 'gv_abcdefgh-123_4'],
    ['#token=short', null],
    ['#token=<script>alert(1)</script>', null],
    ['', null],
    [`#token=${'x'.repeat(600)}`, null],
  ])('in %s is %s', (fragment, token) => expect(tokenOf(fragment)).toBe(token))
})

describe('roles', () => {
  it('offer what each may do', () => {
    expect(ROLES.map(managesMembers)).toEqual([true, true, false, false])
    expect(ROLES.map((role) => rolesToGive(role).length)).toEqual([4, 3, 0, 0])
    expect(mayChange('admin', 'owner')).toBe(false)
    expect(mayChange('admin', 'admin')).toBe(true)
    expect(ROLES.map((role) => whyReadOnly(role) === null)).toEqual([true, true, false, false])
    expect(linksFor('yes').map(({ to }) => to)).toContain('/admin/media')
    expect(linksFor('unknown')).toEqual(linksFor('no'))
  })
})

describe('forms', () => {
  it('find what a person can see', () => {
    const data = new FormData()
    data.set('email', 'nobody')
    data.set('password', 'short')
    const found = problemsOf(data, { email: isEmail, password: isNewPassword, slug: isOrganisationSlug })
    expect(found.map(({ field }) => field)).toEqual(['email', 'password', 'slug'])
    expect(['a@b.test', ' a@b.test '].map(isEmail)).toEqual([null, null])
    expect(['abc', 'a-1', 'ab', '1ab', 'ab-', 'Abc'].map((slug) => isOrganisationSlug(slug) === null)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ])
  })
})

describe('dates and numbers', () => {
  it('are written as the reader’s language does', () => {
    expect([formatNumber(1234567n, 'en-GB'), formatNumber(1234567n, 'de')]).toEqual(['1,234,567', '1.234.567'])
    expect(formatMoment('2026-11-21T12:00:00Z', 'en-GB', 'Europe/Berlin')).toContain('13:00')
    expect(formatCount(1, 'member', 'members', 'en')).toBe('1 member')
    expect(formatCount(0, 'member', 'members', 'en')).toBe('0 members')
    expect([0, 999, 1000, 10_485_760].map((bytes) => formatSize(bytes, 'en'))).toEqual([
      '0 bytes',
      '999 bytes',
      '1 kB',
      '10.5 MB',
    ])
  })

  it('say how long ago', () => {
    const now = Date.parse('2026-11-21T12:00:00Z')
    expect(formatRelative('2026-11-21T11:55:00Z', now, 'en')).toBe('5 minutes ago')
    expect(formatRelative('2026-11-20T11:00:00Z', now, 'en')).toBe('yesterday')
    expect(formatRelative('2026-11-28T12:00:00Z', now, 'en')).toBe('in 7 days')
    expect([waitWords(null), waitWords(30), waitWords(900)]).toEqual(['a few minutes', '30 seconds', '15 minutes'])
  })
})

describe('devices', () => {
  it.each([
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 20_1 like Mac OS X) Version/20.1 Safari/604.1', 'Safari on iPhone'],
    ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/150.0 Safari/537.36 Edg/150.0', 'Edge on Windows'],
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/156.0 Safari/537.36', 'Chrome on Linux'],
    ['curl/8.5.0', 'curl/8.5.0'],
    [null, 'An unknown program'],
  ])('%s is %s', (agent, name) => expect(deviceName(agent)).toBe(name))
})

describe('failures', () => {
  it('are explained by what they mean for the reader', () => {
    const words = (code: string, status: number): string =>
      explain(new ApiError(code, 'As is.', { status }), 'Usage').title
    expect([
      words('offline', 0),
      words('forbidden', 403),
      words('x', 503),
      words('timeout', 0),
      words('x', 422),
    ]).toEqual([
      'You are offline',
      'Your role does not allow this',
      "Usage can't be shown right now",
      "Usage can't be shown right now",
      "Usage can't be shown",
    ])
    const rejected = new ApiError('media_rejected', 'x', {
      status: 422,
      problems: [{ field: 'sha256', problem: 'differs' }],
    })
    expect(uploadProblem(rejected)).toBe('Rejected, and nothing was kept: differs.')
    for (const code of ['too_many_uploads', 'offline', 'forbidden', 'http_403', 'internal']) {
      expect(uploadProblem(new ApiError(code, 'As is.', { status: code === 'internal' ? 500 : 403 }))).toMatch(/\w/)
    }
  })
})

describe('leaving a page', () => {
  const click = { button: 0, metaKey: false, ctrlKey: false, shiftKey: false, altKey: false, defaultPrevented: false }
  const here = { origin: 'https://here.test', pathname: '/admin/content/1', search: '' }
  const link = (href: string, more: object = {}) => ({ href, target: '', download: '', ...more })

  it('is a plain click to another page of this site', () => {
    expect(pathOfClick(click, link('https://here.test/app?a=1#b'), here)).toBe('/app?a=1#b')
  })

  it.each([
    ['no link', click, null],
    ['another site', click, link('https://elsewhere.test/')],
    ['this page', click, link('https://here.test/admin/content/1#field')],
    ['another tab', click, link('https://here.test/app', { target: '_blank' })],
    ['a download', click, link('https://here.test/app', { download: 'a' })],
    ['with a key', { ...click, ctrlKey: true }, link('https://here.test/app')],
    ['another button', { ...click, button: 1 }, link('https://here.test/app')],
    ['handled already', { ...click, defaultPrevented: true }, link('https://here.test/app')],
  ])('is not %s', (_name, event, target) => expect(pathOfClick(event, target, here)).toBeNull())
})
