// What XML 1.0 forbids.
const FORBIDDEN = /[^\P{Cc}\t\n\r\u007f-\u009f]|[\ufffe\uffff]|\p{Cs}/u
const TOKEN = /<\?xml[^?]*\?>|<\/([\w.-]+)>|<([\w.-]+)((?:\s+[\w.-]+="[^"<]*")*)\s*(\/?)>|[^<]+/y

/** What keeps a text from being well-formed XML of the plain kind that JUnit is; empty if nothing does. */
export function xmlProblems(text: string): readonly string[] {
  const forbidden = FORBIDDEN.exec(text)
  if (forbidden) return [`a forbidden character at ${forbidden.index}`]
  const open: string[] = []
  TOKEN.lastIndex = 0
  let at = 0
  while (at < text.length) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (!match) return [`no markup at ${at}: ${text.slice(at, at + 60)}`]
    const [whole, closes, opens, attributes = '', selfCloses] = match
    if (closes !== undefined && open.pop() !== closes) return [`${closes} closed out of order at ${at}`]
    if (opens !== undefined && selfCloses === '') open.push(opens)
    const content = opens === undefined ? whole : attributes
    if (/&(?!(?:amp|lt|gt|quot|apos|#\d+);)/.test(content)) return [`a bare ampersand at ${at}`]
    if (opens === undefined && closes === undefined && whole.includes(']]>')) return [`]]> in text at ${at}`]
    at = TOKEN.lastIndex
  }
  return open.map((name) => `${name} is never closed`)
}
