/** One family of metrics as it is written out. `lines` yields the text of one label set at a time. */
export interface MetricFamily {
  /** As it is registered; counters end in `_total`. */
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary'
  lines(openMetrics: boolean): Iterable<string> | Promise<Iterable<string>>
}

const NAME = /^[a-z][a-z0-9_]{1,99}$/
const LABEL = /^[a-z][a-z0-9_]{0,49}$/
/** Parts of a histogram's or summary's own samples. */
const RESERVED_LABELS = new Set(['le', 'quantile'])
const RESERVED_ENDS = /(?:_bucket|_sum|_count|_created|_info)$/
const LABELS_MAX = 8

/**
 * Checks what a metric is registered with (Prometheus, metric and label naming).
 * @throws RangeError for a name or label that is not lower snake case, a counter without `_total`, another kind with it, an
 *   end that histograms use, an empty help, or more than 8 labels
 */
export function checkMetric(type: MetricFamily['type'], name: string, help: string, labels: readonly string[]): void {
  const shown = String(name).slice(0, 60)
  if (!NAME.test(name))
    throw new RangeError(`the name of a metric must be lower snake case like orders_placed_total, not "${shown}"`)
  if ((type === 'counter') !== name.endsWith('_total'))
    throw new RangeError(
      type === 'counter'
        ? `the counter ${shown} must end in _total`
        : `${shown} is no counter and must not end in _total`,
    )
  if (RESERVED_ENDS.test(name))
    throw new RangeError(`${shown} ends in what samples of histograms and infos end in: name it otherwise`)
  if (help.trim() === '') throw new RangeError(`${shown} needs a help text: what it counts, in which unit`)
  if (labels.length > LABELS_MAX)
    throw new RangeError(`${shown} has ${labels.length} labels; at most ${LABELS_MAX} are allowed`)
  if (new Set(labels).size !== labels.length) throw new RangeError(`${shown} names a label twice`)
  for (const label of labels) {
    if (!LABEL.test(label) || RESERVED_LABELS.has(label))
      throw new RangeError(
        `a label of ${shown} must be lower snake case and not le or quantile, not "${label.slice(0, 60)}"`,
      )
  }
}

/** A label's value inside its quotes. */
export function escapeLabel(value: string): string {
  return /["\\\n]/.test(value)
    ? value
        .replaceAll('\\', String.raw`\\`)
        .replaceAll('"', String.raw`\"`)
        .replaceAll('\n', String.raw`\n`)
    : value
}

/** `a="1",b="2"`, without braces. */
export function labelText(names: readonly string[], values: readonly string[]): string {
  let text = ''
  for (const [index, name] of names.entries())
    text += `${index === 0 ? '' : ','}${name}="${escapeLabel(values[index] ?? '')}"`
  return text
}

/** A sample's value as both formats write it. */
export function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  if (value === Number.NEGATIVE_INFINITY) return '-Inf'
  return String(value)
}

/** HELP and TYPE lines. */
export function headText(family: MetricFamily, openMetrics: boolean): string {
  // OpenMetrics names a counter's family without the suffix of its samples.
  const name = openMetrics && family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name
  const help = family.help.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`)
  // Only OpenMetrics has quotes escaped in help texts.
  const escaped = openMetrics ? help.replaceAll('"', String.raw`\"`) : help
  return `# HELP ${name} ${escaped}\n# TYPE ${name} ${family.type}\n`
}

export const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
export const OPENMETRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/**
 * Whether OpenMetrics is what the caller likes best (RFC 9110, 12.5.1): asked for by name, with no lower weight than plain
 * text. Whoever says nothing gets the text format.
 */
export function wantsOpenMetrics(accept: string | undefined): boolean {
  if (accept === undefined || !accept.includes('application/openmetrics-text')) return false
  let open = 0
  let text = 0
  for (const entry of accept.slice(0, 1000).split(',')) {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase())
    const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1')
    if (!(weight > 0)) continue
    if (type === 'application/openmetrics-text') open = Math.max(open, weight)
    else if (type === 'text/plain') text = Math.max(text, weight)
  }
  return open > 0 && open >= text
}
