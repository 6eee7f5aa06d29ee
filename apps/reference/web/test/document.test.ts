// Goal: nothing that editors or strangers write can leave its place in a page. Method: hostile texts in every place.
import { describe, expect, it } from 'vitest'
import { htmlDocument, scriptJson } from '../src/server/document.ts'
import { acceptedEncoding, encoded } from '../src/server/encoding.ts'
import { UNKNOWN_SETTINGS } from '../src/server/site-content.ts'

const HOSTILE = `"'></title></script><script>alert(1)</script><!--`

describe('a page', () => {
  it('escapes whatever it is given', () => {
    const site = { ...UNKNOWN_SETTINGS, site_title: HOSTILE, tagline: HOSTILE }
    const html = htmlDocument({
      meta: {
        title: HOSTILE,
        description: HOSTILE,
        canonical: `https://www.greengate.test/${HOSTILE}`,
        type: 'website',
        image: { url: HOSTILE, width: 1, height: 1, alt: HOSTILE },
        indexed: true,
      },
      site,
      css: '',
      code: {
        guard: 'guard()',
        route: HOSTILE,
        entry: '/assets/entry.js',
        preload: [],
        styles: [],
      },
      nonce: 'n',
      html: '',
      first: { pathname: '/', site, data: null },
    })
    expect(html).not.toContain('<script>alert')
    expect([...html.matchAll(/<script/g)].length).toBe(3)
    expect([...html.matchAll(/<\/title>/g)].length).toBe(1)
  })

  it('hands over data that reads as what it was', () => {
    const text = scriptJson({ text: HOSTILE })
    expect(text).not.toMatch(/<\/|<!--|<script/)
    expect(JSON.parse(text)).toEqual({ text: HOSTILE })
  })
})

describe('the encoding of an answer', () => {
  it.each([
    [undefined, 'identity'],
    ['', 'identity'],
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['br;q=0.000', 'identity'],
    ['BR', 'br'],
    ['*', 'identity'],
    ['x'.repeat(100_000), 'identity'],
  ])('for %j is %s', (header, expected) => {
    expect(acceptedEncoding(header)).toBe(expected)
  })

  it('leaves short texts as they are', async () => {
    const { body, headers } = await encoded('short', 'br')
    expect([body.toString(), headers['content-encoding']]).toEqual(['short', undefined])
  })
})
