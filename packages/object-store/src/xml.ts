const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** Text inside an element. Control characters become references, though XML 1.0 knows no way to write some of them. */
export function escapeXml(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[&<>"'\u0000-\u001f\u007f]/g, (one) => ESCAPES[one] ?? `&#x${one.charCodeAt(0).toString(16)};`)
}

export type XmlContent = string | number | boolean | readonly XmlElement[]
export type XmlElement = readonly [name: string, content: XmlContent]

function element([name, content]: XmlElement): string {
  const inside = Array.isArray(content)
    ? (content as readonly XmlElement[]).map(element).join('')
    : escapeXml(String(content))
  return `<${name}>${inside}</${name}>`
}

/** A whole document, as S3 answers it. */
export function xmlDocument(root: string, children: readonly XmlElement[], namespace = true): string {
  const inside = children.map(element).join('')
  const of = namespace ? ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"' : ''
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${of}>${inside}</${root}>`
}
