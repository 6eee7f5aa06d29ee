/** A simple command from its program on. */
export interface CommandWords {
  /** Program and arguments without redirections, quotes taken off; empty: nothing runs. */
  readonly words: readonly string[]
  /** Names of variables that are set for it to 1, true or yes. */
  readonly env: ReadonlySet<string>
  /** File that takes its output; empty: none. */
  readonly output: string
}

/** Options of the programs that only start another one that take the next word as their value. */
const STARTERS: Readonly<Record<string, RegExp>> = {
  sudo: /^-[ugpCDhRrtTU]$|^--(user|group|prompt|chdir|host|role|type)$/,
  doas: /^-[uC]$/,
  env: /^-[uCS]$|^--(unset|chdir)$/,
  time: /^-[fo]$/,
  nice: /^-n$|^--adjustment$/,
  ionice: /^-[cn]$/,
  timeout: /^-[ks]$|^--(kill-after|signal)$/,
  stdbuf: /^-[ioe]$/,
  xargs: /^-[adEIiLlnPs]$|^--(arg-file|delimiter|replace|max-lines|max-args|max-procs|max-chars)$/,
  'xvfb-run': /^-[efnpsw]$|^--(server-args|server-num|error-file)$/,
  exec: /^-a$/,
  command: /^$/,
  nohup: /^$/,
  setsid: /^$/,
  'cross-env': /^$/,
  'cross-env-shell': /^$/,
  'dumb-init': /^$/,
  tini: /^$/,
}
/** Of those, the ones that take so many words before the command. */
const OPERANDS: Readonly<Record<string, number>> = { timeout: 1 }
/** `poetry run pytest` runs pytest: what it is that runs does not change with the environment it is found in. */
const RUN_IN: Readonly<Record<string, string>> = {
  poetry: 'run', pipenv: 'run', pdm: 'run', hatch: 'run', rye: 'run', bundle: 'exec',
} // prettier-ignore

/** Words of a shell text, quotes respected and taken off; `>x` and `1> x` become `>` and `x`. Pure. */
function shellWords(text: string): string[] {
  const words: string[] = []
  let word = ''
  let open = false
  let quote = ''
  const end = (): void => {
    if (open) words.push(word)
    word = ''
    open = false
  }
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charAt(i)
    if (quote !== '') {
      if (c === quote) quote = ''
      else word += c
    } else if (c === '"' || c === "'") {
      quote = c
      open = true
    } else if (/\s/.test(c)) end()
    else if (c === '>' && text[i + 1] !== '(') {
      // `2>` is another stream, and keeps its digit.
      const stream = /^[0-9&]$/.test(word) ? word : ''
      if (stream === '') end()
      word = ''
      open = false
      words.push(stream === '1' ? '>' : `${stream}>`)
      while (/[>|&]/.test(text[i + 1] ?? '')) i += 1
    } else {
      word += c
      open = true
    }
  }
  end()
  return words
}

/**
 * What a simple command runs, seen through `sudo -u x`, `timeout 300`, `xargs`, `cross-env A=1`, `poetry run` and their
 * kind. Pure.
 */
export function commandWords(text: string): CommandWords {
  const words: string[] = []
  const env = new Set<string>()
  let output = ''
  const all = shellWords(text.replace(/^[({!\s]+(?=\S)/, '').replace(/[)}\s]+$/, ''))
  for (let i = 0; i < all.length; i += 1) {
    const word = all[i] ?? ''
    if (!/^[0-9&]?>$/.test(word)) words.push(word)
    else {
      i += 1
      if (word === '>') output = all[i] ?? ''
    }
  }
  for (let before = -1; before !== words.length;) {
    before = words.length
    const word = words[0] ?? ''
    if (/^\w+=/.test(word)) {
      if (/^\w+=(1|true|yes)/i.test(word)) env.add(word.slice(0, word.indexOf('=')))
      words.shift()
    } else if (/^(then|do|else|if|elif|while|until|!|\{|\()$/.test(word)) words.shift()
    else skipStarter(words)
  }
  return { words, env, output }
}

function skipStarter(words: string[]): void {
  const program = programName(words)
  // `command -v x` only asks where x is.
  if (program === 'command' && /^-[vV]$/.test(words[1] ?? '')) words.length = 0
  const valued = Object.hasOwn(STARTERS, program) ? STARTERS[program] : undefined
  if (valued) {
    words.shift()
    while (/^-./.test(words[0] ?? '')) {
      const option = words.shift() ?? ''
      if (option === '--') break
      if (valued.test(option)) words.shift()
    }
    words.splice(0, OPERANDS[program] ?? 0)
  } else if (Object.hasOwn(RUN_IN, program) && words[1] === RUN_IN[program]) words.splice(0, 2)
}

/** Name of the program, without its folder. */
export function programName(words: readonly string[]): string {
  return (words[0] ?? '').replace(/^.*\//, '')
}
