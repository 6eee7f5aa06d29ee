import { simpleCommands } from './pipeline.ts'
import { nodesOf, type Language, type Node } from './syntax.ts'

const CHECKS =
  /\b(tests?|lint|vitest|jest|mocha|pytest|unittest|tox|nox|ava|tap|playwright|cypress|eslint|oxlint|biome|ruff|flake8|pylint|mypy|pyright|tsc|types?|typecheck|type-check|audit|build|coverage|check|verify|trivy|semgrep|snyk|ctest|clippy)\b|\b(go|cargo|mvn|gradle|dotnet)\s+\w/i
const NEVER_FAILS = /^(true|:|exit\s+0|echo\b.*|printf\b.*)$/

/** Codes of the valves in a shell line. Cleaning up that may fail (`rm x || true`) is none. Pure. */
export function commandValves(line: string): string[] {
  const valves = new Set<string>()
  const parts = simpleCommands(line)
  for (const [index, part] of parts.entries()) {
    const words = part.text.trim()
    if (/^set\s+(-\w+\s+)*\+(e|o\s+errexit)\b/.test(words)) valves.add('errors-switched-off')
    if (/--pass-?with-?no-?tests\b(?!=false)|--suppress-no-test-exit-code\b|--allow-no-tests\b/i.test(words))
      valves.add('pass-with-no-tests')
    if (/\s--exit-zero\b|\s--no-fail\b/.test(words)) valves.add('exit-code-ignored')
    const next = parts[index + 1]
    if (!next || !isCheck(words)) continue
    if (next.before === '||' && NEVER_FAILS.test(next.text.replace(/[)}\s]+$/, ''))) {
      const after = parts[index + 2]
      // `check || { echo broken; exit 1; }` says why and fails.
      if (!(after && parts.slice(index + 2).some((later) => /^exit\s+[1-9$]|^false\b/.test(later.text))))
        valves.add('exit-code-ignored')
    }
    if (next.before === '||' && /\$\?\s*(-eq|==?)\s*5\b/.test(next.text)) valves.add('pass-with-no-tests')
    if (next.before === ';' && index + 2 === parts.length && NEVER_FAILS.test(next.text))
      valves.add('exit-code-ignored')
  }
  return [...valves]
}

/** The shell's own `test -f x` is no check of the service. */
function isCheck(words: string): boolean {
  const plain = words.replace(/^[({\s]+/, '')
  return (
    !/^(test|\[|rm|kill|docker (rm|stop)|mkdir|cp|mv|echo|printf|grep|which|command|cat|curl)\b|^\[/.test(plain) &&
    CHECKS.test(plain)
  )
}

/** Code of the valve a pipeline setting is; null: none; `conditional`: only the running pipeline knows. */
export function settingValve(key: string, value: string): string | null {
  const isTrue = /^(true|yes|on|object)$/i.test(value)
  if (key === 'continue-on-error' || key === 'continueOnError')
    return isTrue ? 'failure-allowed' : /^(false|no|off)$/i.test(value) ? null : 'conditional'
  if (key === 'allow_failure' || key === 'soft_fail') return isTrue ? 'failure-allowed' : null
  return key === 'failure' && value === 'ignore' ? 'failure-allowed' : null
}

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
    const property = callee.field('property')?.text() ?? ''
    const object = (callee.field('object')?.text() ?? '').replace(/\.(only|skip)$/, '')
    if (!SUITES.test(object)) continue
    if (property === 'only') valves.push({ code: 'test-focused', node })
    // With a condition first it runs somewhere; alone in a body it skips what stands around it.
    else if (
      ['skip', 'fixme', 'todo'].includes(property) &&
      (!first || ['string', 'template_string'].includes(String(first.kind())))
    )
      valves.push({ code: 'test-skipped', node })
  }
  return valves
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
    if (/^@(pytest\.mark\.skip|unittest\.skip|skip)(\(|\s*$)/.test(node.text()))
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
