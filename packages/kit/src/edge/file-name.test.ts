import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentDisposition, safeFileName } from './index.ts'

/** Any UTF-16 code unit: control characters and lone surrogates too. */
const codeUnit = fc.nat(0xffff).map((unit) => String.fromCharCode(unit))

describe('safeFileName', () => {
  it.each([
    ['photo.png', 'photo.png'],
    ['Übersicht 2026.PDF', 'Übersicht 2026.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\system32\\cmd.exe', 'cmd.exe'],
    ['C:\\fakepath\\a.png', 'a.png'],
    ['invoice.php.png', 'invoice_php.png'],
    ['.htaccess', 'htaccess'],
    ['..', 'file'],
    ['', 'file'],
    ['/', 'file'],
    ['a\0.png', 'a.png'],
    ['a\r\nSet-Cookie: b=c.png', 'aSet-Cookie_ b=c.png'],
    ['gpj.\u202Eexe', 'gpj.exe'],
    ['a\u200Bb\uFEFF.txt', 'ab.txt'],
    ['a<b>:"c|?*.txt', 'a_b___c___.txt'.replace(/_+\.txt$/, '.txt')],
    ['CON', '_CON'],
    ['con.txt', '_con.txt'],
    ['COM¹.txt', '_COM1.txt'],
    ['lpt9.tar.gz', 'lpt9_tar.gz'],
    ['-rf', 'rf'],
    ['name. . .', 'name'],
    ['\uD800a.txt', 'a.txt'],
    ['ﬁle.txt', 'file.txt'],
    ['a／b.txt', 'b.txt'],
    ['x.thisisnoextension', 'x_thisisnoextension'],
  ])('%j becomes %j', (input, expected) => expect(safeFileName(input)).toBe(expected))

  it('takes the extension of what the file is', () => {
    expect(safeFileName('photo.exe', { extension: 'png' })).toBe('photo.png')
    expect(safeFileName('photo', { extension: 'png' })).toBe('photo.png')
    expect(safeFileName('..png', { extension: 'png' })).toBe('file.png')
    expect(() => safeFileName('a', { extension: '../x' })).toThrow(RangeError)
    expect(() => safeFileName('a', { bytesMax: 5 })).toThrow(RangeError)
  })

  // Property: whatever comes in, what comes out is one plain name of bounded length, and stays as it is a second time.
  it('gives a plain name for anything', () => {
    const piece = fc.constantFrom(
      '.',
      '..',
      '/',
      '\\',
      ' ',
      '\0',
      '\u202E',
      '😀',
      'ü',
      'CON',
      'nul',
      '-',
      '_',
      'a',
      '.png',
      '\uD83D',
    )
    const anything = fc.oneof(
      fc.string({ unit: codeUnit }),
      fc.array(piece).map((parts) => parts.join('')),
      fc.string({ minLength: 1000, maxLength: 3000 }),
    )
    fc.assert(
      fc.property(anything, fc.option(fc.constantFrom('png', 'txt'), { nil: undefined }), (input, extension) => {
        const name = safeFileName(input, extension === undefined ? {} : { extension })
        expect(name).toMatch(/^[^./\\\s-][^/\\]*$/)
        expect(name).not.toMatch(/[\p{C}<>:"|?*]|\.\.|[. ]$/u)
        expect(name).not.toMatch(/^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i)
        expect(name.split('.').length).toBeLessThanOrEqual(2)
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(120)
        expect(name.isWellFormed()).toBe(true)
        expect(safeFileName(name, extension === undefined ? {} : { extension })).toBe(name)
        expect(name.endsWith(extension === undefined ? '' : `.${extension}`)).toBe(true)
        const disposition = contentDisposition(input)
        expect(disposition).toMatch(
          /^attachment; filename="[\x20-\x21\x23-\x5b\x5d-\x7e]+"(?:; filename\*=UTF-8''[\w%.~-]+)?$/,
        )
      }),
    )
  })

  it('is quick with 100 kB', () => {
    const started = performance.now()
    for (const unit of ['.', '/', ' ', '_', '-', '\u202E', 'a.', '\u0300', '😀']) safeFileName(unit.repeat(100_000))
    expect(performance.now() - started).toBeLessThan(500)
  })

  it('is offered as RFC 6266 has it', () => {
    expect(contentDisposition('a b.pdf')).toBe('attachment; filename="a b.pdf"')
    expect(contentDisposition('Übersicht (1).pdf')).toBe(
      `attachment; filename="_bersicht (1).pdf"; filename*=UTF-8''%C3%9Cbersicht%20%281%29.pdf`,
    )
  })
})
