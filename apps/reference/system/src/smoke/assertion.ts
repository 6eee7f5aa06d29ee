/** What one line of a test script asks of an answer. */
export type Assertion =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'equals'; readonly of: Subject; readonly value: unknown }
  | { readonly kind: 'type'; readonly of: Subject; readonly type: JsonType }
  | { readonly kind: 'matches'; readonly of: Subject; readonly pattern: RegExp }
  | { readonly kind: 'includes'; readonly of: Subject; readonly text: string }
  | { readonly kind: 'keep'; readonly of: Subject; readonly variable: string }

/** What a line looks at. */
export type Subject =
  | { readonly kind: 'json'; readonly path: readonly (string | number)[] }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'text' }

const TYPES = ['string', 'number', 'boolean', 'array', 'object', 'null'] as const
type JsonType = (typeof TYPES)[number]

/** An answer, as far as lines look at it. */
export interface Answer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

const SUBJECT = String.raw`pm\.response\.(json\(\)(?<path>[\w.[\]]*)|headers\.get\((?<header>"[^"]+")\)|text\(\))`
const EXPECT = new RegExp(
  String.raw`^pm\.test\((?<title>"(?:[^"\\]|\\.)*"), \(\) => pm\.expect\(${SUBJECT}\)\.to\.(?<verb>eql|be\.an?|match|include)\((?<value>.+)\)\);$`,
)
const STATUS = /^pm\.test\("(?:[^"\\]|\\.)*", \(\) => pm\.response\.to\.have\.status\((?<status>\d{3})\)\);$/
const KEEP = new RegExp(String.raw`^pm\.collectionVariables\.set\((?<variable>"\w+"), ${SUBJECT}\);$`)

/**
 * Reads a line of a test script. Only a few forms are understood, and they mean here what they mean to Postman and
 * newman: a script that does more could agree with one of them alone.
 * @throws SyntaxError for any other line
 */
export function parseAssertion(line: string): Assertion {
  const status = STATUS.exec(line)?.groups?.['status']
  if (status !== undefined) return { kind: 'status', status: Number(status) }
  const kept = KEEP.exec(line)?.groups
  if (kept)
    return {
      kind: 'keep',
      of: subjectOf(kept, line),
      variable: String(JSON.parse(kept['variable'] ?? '""') as unknown),
    }
  const parts = EXPECT.exec(line)?.groups
  if (!parts) throw new SyntaxError(`not a line that the runner understands: ${line}`)
  return expectation(subjectOf(parts, line), parts['verb'] ?? '', parts['value'] ?? '', line)
}

function expectation(of: Subject, verb: string, value: string, line: string): Assertion {
  if (verb === 'match') {
    const pattern = /^\/(.+)\/(i?)$/.exec(value)
    if (!pattern) throw new SyntaxError(`not a pattern: ${line}`)
    return { kind: 'matches', of, pattern: new RegExp(pattern[1] ?? '', pattern[2]) }
  }
  const given: unknown = JSON.parse(value)
  if (verb === 'eql') return { kind: 'equals', of, value: given }
  if (typeof given !== 'string') throw new SyntaxError(`takes a text: ${line}`)
  if (verb === 'include') return { kind: 'includes', of, text: given }
  const type = TYPES.find((one) => one === given)
  if (type === undefined) throw new SyntaxError(`not a type of JSON: ${line}`)
  return { kind: 'type', of, type }
}

function subjectOf(parts: Readonly<Record<string, string | undefined>>, line: string): Subject {
  const { header, path } = parts
  if (header !== undefined) return { kind: 'header', name: String(JSON.parse(header) as unknown).toLowerCase() }
  if (path === undefined) return { kind: 'text' }
  const steps = [...path.matchAll(/\.([A-Za-z_]\w*)|\[(\d+)\]/g)]
  if (steps.map(([step]) => step).join('') !== path) throw new SyntaxError(`not a path: ${line}`)
  return { kind: 'json', path: steps.map(([, name, index]) => name ?? Number(index)) }
}

function valueOf(of: Subject, answer: Answer): unknown {
  if (of.kind === 'text') return answer.text
  if (of.kind === 'header') return answer.headers[of.name]
  let value: unknown = JSON.parse(answer.text)
  for (const step of of.path) {
    if (typeof value !== 'object' || value === null)
      throw new TypeError(`there is nothing that could have ${JSON.stringify(step)}`)
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** The same value whatever the order of its fields. */
function canonical(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(canonical)
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, canonical(one)]),
  )
}

/**
 * Whether an answer is as a line wants it; `keep` puts what it found among the variables.
 * @returns what is wrong, null when nothing is
 */
export function problemOf(assertion: Assertion, answer: Answer, variables: Map<string, string>): string | null {
  if (assertion.kind === 'status')
    return answer.status === assertion.status ? null : `answered ${answer.status}, not ${assertion.status}`
  let value: unknown
  try {
    value = valueOf(assertion.of, answer)
  } catch (error) {
    return error instanceof SyntaxError ? 'is no JSON' : error instanceof Error ? error.message : 'cannot be read'
  }
  switch (assertion.kind) {
    case 'equals': {
      const same = JSON.stringify(canonical(value)) === JSON.stringify(canonical(assertion.value))
      return same ? null : `is ${shortly(value)}, not ${shortly(assertion.value)}`
    }
    case 'type':
      return typeOf(value) === assertion.type ? null : `is of type ${typeOf(value)}, not ${assertion.type}`
    case 'matches':
      return typeof value === 'string' && assertion.pattern.test(value)
        ? null
        : `is ${shortly(value)}, which does not match ${String(assertion.pattern)}`
    case 'includes':
      return typeof value === 'string' && value.includes(assertion.text) ? null : `does not include ${assertion.text}`
    case 'keep':
      if (typeof value !== 'string' && typeof value !== 'number') return `has no value for ${assertion.variable}`
      variables.set(assertion.variable, String(value))
      return null
  }
}

function shortly(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 120)
}
