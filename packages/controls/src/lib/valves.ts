import { runsACheck } from './check-commands.ts'
import { simpleCommands } from './shell.ts'

/** Commands whose exit code is always 0. */
export const NEVER_FAILS = /^(true|:|exit\s+0|echo\b.*|printf\b.*)$/

/**
 * Codes of the valves in a shell line. Cleaning up that may fail (`rm x || true`) is none. Pure.
 * @param pipefail Whether a pipe fails if its first part does
 */
export function commandValves(line: string, pipefail = true): string[] {
  const valves = new Set<string>()
  const parts = simpleCommands(line)
  for (const [index, part] of parts.entries()) {
    const words = part.text.trim()
    if (/^set\s+(-\w+\s+)*\+(e|o\s+errexit)\b/.test(words)) valves.add('errors-switched-off')
    if (/--pass-?with-?no-?tests\b(?!=false)|--suppress-no-test-exit-code\b|--allow-no-tests\b/i.test(words))
      valves.add('pass-with-no-tests')
    if (/\s--exit-zero(?![\w-])|\s--no-fail(?![\w-])/.test(words)) valves.add('exit-code-ignored')
    if (/\b(py\.?test)\b.*\s(-k[= ]?\s*["']?not\s|--deselect\b)/.test(words) || /\s--test-skip-pattern\b/.test(words))
      valves.add('tests-deselected')
    if (/\bmocha\b.*\s(--invert|-i)\b/.test(words)) valves.add('tests-deselected')
    // make ignores the exit code of a recipe that begins so, or of all with -i.
    if (/^-\s*\w/.test(words) && isCheck(words.slice(1))) valves.add('exit-code-ignored')
    if (/^g?make\b.*\s(-\w*i\w*|--ignore-errors)(\s|$)/.test(words)) valves.add('exit-code-ignored')
    if (/^(ba|z|da|a)?sh\s+-\w*c\s/.test(words)) for (const inner of nestedValves(words, pipefail)) valves.add(inner)
    const next = parts[index + 1]
    if (next?.before === '|' && !pipefail && isCheck(words) && SHOWS.test(next.text)) valves.add('exit-code-ignored')
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

/** Programs that show what they are fed and succeed whatever it says. */
const SHOWS = /^(tee|cat|ts|head|tail|less|more|sed|awk|ccze|bunyan|pino-pretty|sponge)\b/

function nestedValves(words: string, pipefail: boolean): string[] {
  const inner = /\s-\w*c\s+(["'])([\s\S]*)\1/.exec(words)?.[2]
  // A shell that is started anew knows nothing of the pipefail around it.
  return inner === undefined ? [] : commandValves(inner, pipefail && /pipefail/.test(words))
}

/** Whether a command can find fault with the service; the shell's own `test -f x` is none. */
export function isCheck(words: string): boolean {
  return runsACheck(words)
}

/** Code of the valve a pipeline setting is; null: none; `conditional`: only the running pipeline knows. */
export function settingValve(key: string, value: string): string | null {
  const isTrue = /^(true|yes|on|object)$/i.test(value)
  if (key === 'continue-on-error' || key === 'continueOnError')
    return isTrue ? 'failure-allowed' : /^(false|no|off)$/i.test(value) ? null : 'conditional'
  if (key === 'passWithNoTests') return isTrue ? 'pass-with-no-tests' : null
  if (key === 'addopts') return commandValves(`pytest ${value}`)[0] ?? null
  if (key === 'if') return value === 'false, of a check' ? 'check-never-runs' : null
  if (key === 'allow_failure' || key === 'allow_failures' || key === 'soft_fail')
    return isTrue ? 'failure-allowed' : null
  return key === 'failure' && value === 'ignore' ? 'failure-allowed' : null
}
