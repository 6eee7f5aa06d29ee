import { nodesOf, type Language, type Node } from './syntax.ts'

export interface TestValve {
  readonly code: 'test-focused' | 'test-skipped'
  readonly node: Node
}

const SUITES = /^(describe|it|test|suite|context|specify|bench)(\.(concurrent|sequential|serial|parallel|each))*$/

/** Focused tests, and tests skipped without a condition, in a test file's syntax tree. */
export function testValves(root: Node, language: Language): TestValve[] {
  return language === 'python' ? pythonValves(root) : scriptValves(root)
}

function scriptValves(root: Node): TestValve[] {
  const valves: TestValve[] = []
  for (const node of nodesOf(root, 'call_expression')) {
    const callee = node.field('function')
    const name = callee?.text() ?? ''
    const first = node
      .field('arguments')
      ?.children()
      .find((child) => !['(', ')', ','].includes(String(child.kind())))
    if (callee?.kind() === 'identifier') {
      if (/^(fit|fdescribe|ftest)$/.test(name)) valves.push({ code: 'test-focused', node })
      else if (/^(xit|xdescribe|xtest|xcontext)$/.test(name) && first) valves.push({ code: 'test-skipped', node })
      else if (SUITES.test(name)) valves.push(...optionValves(node))
      continue
    }
    if (callee?.kind() !== 'member_expression') continue
    if (isSkippingItself(name, node, first)) valves.push({ code: 'test-skipped', node })
    const [suite = '', ...marks] = name.split('.')
    if (!SUITES.test(suite) || !marks.every((mark) => /^\w+$/.test(mark))) continue
    const last = marks.at(-1) ?? ''
    const literal = first === undefined || ['string', 'template_string'].includes(String(first.kind()))
    if (marks.includes('only')) valves.push({ code: 'test-focused', node })
    // With a condition first it runs somewhere; alone in a body it skips what stands around it.
    else if (marks.some((mark) => ['skip', 'fixme', 'todo'].includes(mark)) && (literal || last === 'each'))
      valves.push({ code: 'test-skipped', node })
    else if (first?.text() === String(last === 'skipIf') && (last === 'skipIf' || last === 'runIf'))
      valves.push({ code: 'test-skipped', node })
  }
  return valves
}

/** `this.skip()` of mocha and `t.skip()` of node:test, where nothing stands between them and the test. */
function isSkippingItself(name: string, node: Node, first: Node | undefined): boolean {
  if (!/^(this|t|ctx|tc)\.(skip|todo)$/.test(name)) return false
  if (first && !['string', 'template_string'].includes(String(first.kind()))) return false
  const above = node.ancestors().map((ancestor) => String(ancestor.kind()))
  return !above.some((kind) =>
    /^(if_statement|ternary_expression|binary_expression|catch_clause|switch_case|for_\w+|while_statement)$/.test(kind),
  )
}

/** `test('name', { skip: true }, ...)` of node:test. */
function optionValves(call: Node): TestValve[] {
  const options = call
    .field('arguments')
    ?.children()
    .find((child) => child.kind() === 'object')
  return (options?.children() ?? []).flatMap((pair): TestValve[] => {
    const key = pair.kind() === 'pair' ? pair.field('key')?.text() : ''
    const value = pair.kind() === 'pair' ? pair.field('value') : null
    if (!value || !(value.text() === 'true' || value.kind() === 'string')) return []
    if (key === 'only') return [{ code: 'test-focused', node: pair }]
    return key === 'skip' || key === 'todo' ? [{ code: 'test-skipped', node: pair }] : []
  })
}

function pythonValves(root: Node): TestValve[] {
  const valves: TestValve[] = []
  for (const node of nodesOf(root, 'decorator')) {
    const text = node.text()
    if (
      /^@(pytest\.mark\.skip|unittest\.skip|skip)(\(|\s*$)/.test(text) ||
      /^@(pytest\.mark\.skipif|unittest\.skipIf|skipIf)\(\s*(True|1)\b/.test(text) ||
      /^@(unittest\.skipUnless|skipUnless)\(\s*(False|0)\b/.test(text) ||
      /^@pytest\.mark\.xfail\([\s\S]*\brun\s*=\s*False/.test(text)
    )
      valves.push({ code: 'test-skipped', node })
  }
  for (const node of nodesOf(root, 'call')) {
    if (!/^(pytest\.skip|self\.skipTest)$/.test(node.field('function')?.text() ?? '')) continue
    if (
      !node
        .ancestors()
        .some((above) => ['if_statement', 'except_clause', 'conditional_expression'].includes(String(above.kind())))
    )
      valves.push({ code: 'test-skipped', node })
  }
  for (const node of nodesOf(root, 'assignment')) {
    if (/^pytestmark\s*=.*pytest\.mark\.skip\b/.test(node.text())) valves.push({ code: 'test-skipped', node })
  }
  return valves
}
