import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { type Parsed, broken, empty } from './parsed.ts'

/** One element of a report; `text` is that of its direct text nodes. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  readonly text: string
}

const DEPTH_MAX = 100

/**
 * A report's XML as a tree. Entities that a document declares itself are refused and never expanded: a report needs none,
 * and a few lines of them fill any memory. A document that ends early is broken, not short.
 */
export function parseXml(text: string): Parsed<XmlElement> {
  const source = text.replace(/^\uFEFF/, '').trim()
  if (source === '') return empty('XML')
  const doctype = /<!DOCTYPE[^>[]*(\[)?[^>]*>/i.exec(source.slice(0, 4096))
  if (doctype?.[1] || /<!ENTITY/i.test(source.slice(0, 65_536))) {
    return { ok: false, code: 'report-unsafe', message: 'the report declares XML entities, which are not expanded' }
  }
  const body = doctype ? source.replace(doctype[0], '') : source
  try {
    const valid = XMLValidator.validate(body, { allowBooleanAttributes: true })
    if (valid !== true) return broken(`line ${valid.err.line}: ${valid.err.msg}`)
    const parser = new XMLParser({
      preserveOrder: true,
      ignoreAttributes: false,
      attributeNamePrefix: '',
      allowBooleanAttributes: true,
      processEntities: false,
      parseTagValue: false,
      parseAttributeValue: false,
      trimValues: false,
    })
    const nodes: unknown = parser.parse(body)
    const root = elements(nodes, 0).find((element) => !element.name.startsWith('?'))
    return root ? { ok: true, value: root } : broken('there is no root element')
  } catch (error) {
    return broken(error instanceof Error ? error.message : String(error))
  }
}

function elements(nodes: unknown, depth: number): XmlElement[] {
  if (!Array.isArray(nodes)) return []
  if (depth > DEPTH_MAX) throw new Error(`elements are nested more than ${DEPTH_MAX} deep`)
  const found: XmlElement[] = []
  for (const node of nodes as readonly Record<string, unknown>[]) {
    const name = Object.keys(node).find((key) => key !== ':@' && key !== '#text')
    if (name === undefined) continue
    const children = node[name]
    found.push({
      name,
      attributes: attributesOf(node[':@']),
      children: elements(children, depth + 1),
      text: textOf(children),
    })
  }
  return found
}

function attributesOf(raw: unknown): Record<string, string> {
  const attributes: Record<string, string> = {}
  if (typeof raw !== 'object' || raw === null) return attributes
  for (const [key, value] of Object.entries(raw)) attributes[key] = decode(String(value))
  return attributes
}

function textOf(nodes: unknown): string {
  if (!Array.isArray(nodes)) return ''
  const parts = (nodes as readonly Record<string, unknown>[]).flatMap((node) => {
    const text = node['#text']
    return typeof text === 'string' ? [decode(text)] : []
  })
  return parts.join('')
}

const PREDEFINED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The five entities of XML itself and numbered characters; every other one stays as it is written. */
function decode(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot|apos));/gi, (whole, hex, decimal, name) => {
    if (typeof name === 'string') return PREDEFINED[name.toLowerCase()] ?? whole
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : String(whole)
  })
}
