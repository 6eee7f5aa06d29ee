/** One sample of a scrape. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Scrape {
  readonly samples: readonly Sample[]
  /** Type by family, as declared. */
  readonly types: ReadonlyMap<string, string>
  /** What the format forbids, with the line number; at most 20. */
  readonly problems: readonly string[]
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/
const TYPES = new Set([
  'counter',
  'gauge',
  'histogram',
  'summary',
  'untyped',
  'unknown',
  'info',
  'stateset',
  'gaugehistogram',
])
const PROBLEMS_MAX = 20
const LINES_MAX = 200_000

/**
 * Reads the Prometheus text format 0.0.4, and OpenMetrics 1.0 where `openMetrics` says so: then `# EOF` must end it.
 * Strict: whatever a conforming scraper would refuse is a problem.
 */
export function parseMetrics(text: string, openMetrics: boolean): Scrape {
  const samples: Sample[] = []
  const types = new Map<string, string>()
  const problems: string[] = []
  const seen = new Set<string>()
  const problem = (line: number, what: string): void => {
    if (problems.length < PROBLEMS_MAX) problems.push(`line ${line}: ${what}`)
  }
  const lines = text.split('\n').slice(0, LINES_MAX)
  let ended = false
  for (const [index, raw] of lines.entries()) {
    const line = raw.replace(/\r$/, '')
    if (line.trim() === '') continue
    if (ended) problem(index + 1, 'something follows # EOF')
    if (line === '# EOF') ended = true
    else if (line.startsWith('#')) readComment(line, types, (what) => problem(index + 1, what))
    else {
      const sample = readSample(line)
      if (typeof sample === 'string') problem(index + 1, sample)
      else {
        const series = `${sample.name}${JSON.stringify(Object.entries(sample.labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`
        if (seen.has(series)) problem(index + 1, `the series ${sample.name} is there twice with the same labels`)
        seen.add(series)
        samples.push(sample)
      }
    }
  }
  if (!text.endsWith('\n')) problem(lines.length, 'the last line has no line feed')
  if (openMetrics && !ended) problem(lines.length, '# EOF is missing')
  return { samples, types, problems }
}

function readComment(line: string, types: Map<string, string>, problem: (what: string) => void): void {
  const match = /^# TYPE (\S+) (\S+)\s*$/.exec(line)
  if (!match) {
    if (line.startsWith('# TYPE')) problem('a TYPE line that is not `# TYPE name type`')
    return
  }
  const [, name = '', type = ''] = match
  if (!TYPES.has(type)) problem(`the type ${type.slice(0, 40)} does not exist`)
  if (types.has(name)) problem(`${name} has two TYPE lines`)
  types.set(name, type)
}

/** A sample, or what is wrong with the line. */
function readSample(line: string): Sample | string {
  const name = NAME.exec(line)?.[0]
  if (name === undefined) return `no name of a metric: ${line.slice(0, 60)}`
  let rest = line.slice(name.length)
  let labels: Record<string, string> = {}
  if (rest.startsWith('{')) {
    const read = readLabels(rest)
    if (typeof read === 'string') return read
    labels = read.labels
    rest = read.rest
  }
  const value = /^[ \t]+(\S+)(?:[ \t]+-?\d+(?:\.\d+)?)?(?:[ \t]+#[ \t].*)?[ \t]*$/.exec(rest)?.[1]
  if (value === undefined) return `no value after ${name}`
  const number = readNumber(value)
  return number === null ? `${value.slice(0, 40)} is no number` : { name, labels, value: number }
}

function readLabels(text: string): { labels: Record<string, string>; rest: string } | string {
  const labels: Record<string, string> = {}
  const pair = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\\n]|\\.)*)"[ \t]*/y
  let at = 1
  for (;;) {
    if (text[at] === '}') return { labels, rest: text.slice(at + 1) }
    pair.lastIndex = at
    const match = pair.exec(text)
    if (!match) return `labels that can't be read: ${text.slice(0, 60)}`
    const [, name = '', value = ''] = match
    if (name in labels) return `the label ${name} is there twice`
    labels[name] = value
      .replaceAll(String.raw`\"`, '"')
      .replaceAll(String.raw`\n`, '\n')
      .replaceAll(String.raw`\\`, '\\')
    at = pair.lastIndex
    if (text[at] === ',') at++
    else if (text[at] !== '}') return `labels that can't be read: ${text.slice(0, 60)}`
  }
}

function readNumber(text: string): number | null {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return Number.NaN
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : null
}

/** Whether the labels say that the answer was an error. */
export function isErrorSample(sample: Sample): boolean {
  return hasStatus(sample, /^[45](?:\d\d|xx)$/i, /^(?:CLIENT|SERVER)_ERROR$/)
}

/** Whether the labels say that the answer was an error of the server. */
export function isServerErrorSample(sample: Sample): boolean {
  return hasStatus(sample, /^5(?:\d\d|xx)$/i, /^SERVER_ERROR$/)
}

function hasStatus(sample: Sample, status: RegExp, outcome: RegExp): boolean {
  return Object.entries(sample.labels).some(
    ([name, value]) =>
      (/^(?:(?:http_?)?(?:response_)?status(?:_?code)?|code|status_class|http_response_status_code)$/i.test(name) &&
        status.test(value)) ||
      (name === 'outcome' && outcome.test(value)),
  )
}
