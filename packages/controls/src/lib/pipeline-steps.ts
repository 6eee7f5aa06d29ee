import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, type Document } from 'yaml'

/** What one step of a pipeline runs. */
export interface PipelineStep {
  /** `path:line`; the line is where its first command stands. */
  readonly where: string
  /** Name of the job that it belongs to; empty: the file has none. */
  readonly job: string
  /** Its commands, a line each, as written; empty if it only uses another's. */
  readonly text: string
  /** Action, template or orb that it uses; empty: none. */
  readonly uses: string
  /** Shell that is named for it; empty: the default of its kind of pipeline. */
  readonly shell: string
}

const COMMAND_KEYS =
  /^(run|script|before_script|after_script|command|bash|commands|install|before_install|after_success|before_deploy|inlineScript|inline)$/

/**
 * Steps of a pipeline in YAML, in the order of the file.
 * @throws Error when it is not valid YAML
 */
export function pipelineSteps(path: string, source: string): PipelineStep[] {
  const lines = new LineCounter()
  const steps: PipelineStep[] = []
  for (const document of parseAllDocuments(source, { lineCounter: lines })) {
    const error = 'errors' in document ? document.errors[0] : undefined
    if (error) throw new Error(`not valid YAML: ${error.message}`)
    if ('contents' in document) visit(document, document.contents, [], 0)
  }
  return steps

  function visit(document: Document, node: unknown, keys: readonly string[], depth: number): void {
    if (depth > 50) return
    if (isAlias(node)) visit(document, node.resolve(document), keys, depth + 1)
    else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) visit(document, item, [...keys, String(index)], depth + 1)
    } else if (isMap(node)) {
      const shell = textOf(node.get('shell', true))
      for (const pair of node.items) {
        const key = textOf(pair.key)
        const value = isAlias(pair.value) ? pair.value.resolve(document) : pair.value
        const inner = [...keys, key]
        const text = COMMAND_KEYS.test(key) ? commandsOf(value) : null
        if (text !== null) add(value as Node, inner, { text, uses: '', shell })
        else if (key === 'uses' && isScalar(value)) add(value, inner, { text: '', uses: textOf(value), shell: '' })
        else visit(document, value, inner, depth + 1)
      }
    }
  }
  function add(node: Node, keys: readonly string[], step: Omit<PipelineStep, 'where' | 'job'>): void {
    const start = lines.linePos(node.range?.[0] ?? 0).line
    // The text of a block begins a line below its mark.
    const first = isScalar(node) && node.type?.startsWith('BLOCK') === true ? start + 1 : start
    steps.push({ where: `${path}:${first}`, job: jobOf(keys), ...step })
  }
}

/** A text, or a list of texts as lines; null: neither. */
function commandsOf(value: unknown): string | null {
  if (isScalar(value) && typeof value.value === 'string') return value.value
  if (!isSeq(value) || !value.items.every((item) => isScalar(item))) return null
  return value.items.map((item) => textOf(item)).join('\n')
}

function textOf(node: unknown): string {
  return isScalar(node) ? String(node.value) : ''
}

/** GitHub, Azure and Circle list their jobs; with GitLab a key at the top is one. */
function jobOf(keys: readonly string[]): string {
  const at = keys.lastIndexOf('jobs')
  return (at < 0 ? keys.slice(0, 1) : keys.slice(0, at + 2)).join('.')
}
