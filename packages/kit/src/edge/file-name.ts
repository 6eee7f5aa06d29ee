export interface FileNameOptions {
  /** Extension that the name gets, without a dot: the one of what the file is. Default: its own, if it has one. */
  readonly extension?: string
  /** Bytes of the name in UTF-8, with its extension; 16 to 255. Default 120. */
  readonly bytesMax?: number
}

/** No name is read further. */
const inputLengthMax = 1024
/** Control characters, lone surrogates, and those that change direction or are not seen: they make a name lie. */
const invisible = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu
/** Characters that mean something to file systems, shells or headers. */
const special = /[<>:"'`|?*%;&$#{}^~]/g
/** Names that Windows takes for devices, with any extension. */
const devices = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])$/i
const extensionShape = /^[a-z0-9]{1,10}$/

/**
 * A name to show and to offer for downloads, from one that a caller sent. Only the last part of a path is left; nothing
 * that is invisible, reverses the reading direction, or means something to a file system; one dot, before the
 * extension, so that `invoice.php.png` is no script to a server that goes by any extension. Never empty. Do not store
 * files under it: that name is random.
 * @throws RangeError for an extension that is not 1 to 10 lower-case letters and digits, or `bytesMax` outside 16 to 255
 * @example
 * safeFileName('..\\..\\etc/pass\u202Ewd.PNG', { extension: 'png' }) // 'passwd.png'
 */
export function safeFileName(input: string, options: FileNameOptions = {}): string {
  const { bytesMax = 120 } = options
  if (!Number.isInteger(bytesMax) || bytesMax < 16 || bytesMax > 255)
    throw new RangeError(`bytesMax is ${bytesMax}; expected a whole number from 16 to 255`)
  if (options.extension !== undefined && !extensionShape.test(options.extension))
    throw new RangeError(`${JSON.stringify(options.extension.slice(0, 32))} is not an extension`)
  // From the end: a long path ends with the name.
  const text = input.slice(-inputLengthMax).normalize('NFKC')
  const last = text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1)
  const clean = last.replace(invisible, '').replace(special, '_').replaceAll(/\s+/g, ' ').trim().normalize('NFC')
  const dot = clean.lastIndexOf('.')
  const own = dot > 0 ? clean.slice(dot + 1).toLowerCase() : ''
  const ownExtension = extensionShape.test(own) ? own : ''
  const extension = options.extension ?? ownExtension
  const stem = trimEnds((ownExtension === '' ? clean : clean.slice(0, dot)).replaceAll('.', '_'))
  const suffix = extension === '' ? '' : `.${extension}`
  const short = trimEnds(cut(stem, bytesMax - suffix.length))
  const name = short === '' ? 'file' : short
  return `${devices.test(name.trimEnd()) ? `_${name}` : name}${suffix}`
}

/** The first part that fits into so many bytes, at a whole character; one is left for a prefix. */
function cut(text: string, bytesMax: number): string {
  let bytes = 1
  let end = 0
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > bytesMax) break
    end += character.length
  }
  return text.slice(0, end)
}

/** Without spaces and dashes around: a leading dash is an option to a command. */
function trimEnds(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && isPadding(text[from])) from += 1
  while (to > from && isPadding(text[to - 1])) to -= 1
  return text.slice(from, to)
}

function isPadding(character: string | undefined): boolean {
  return character === ' ' || character === '-' || character === '_'
}

/**
 * The `Content-Disposition` of a download (RFC 6266, RFC 8187): the name is made safe first.
 * @example
 * contentDisposition('Übersicht.pdf') // attachment; filename="_bersicht.pdf"; filename*=UTF-8''%C3%9Cbersicht.pdf
 */
export function contentDisposition(fileName: string, options: FileNameOptions = {}): string {
  const name = safeFileName(fileName, options)
  const ascii = name.replaceAll(/[^\x20-\x7e]/g, '_')
  if (ascii === name) return `attachment; filename="${ascii}"`
  const encoded = encodeURIComponent(name).replaceAll(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
