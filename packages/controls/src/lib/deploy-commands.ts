import { commandWords, programName } from './command-words.ts'
import { shellLines, simpleCommands } from './shell.ts'

/** A simple command in a text of them. */
export interface ReachedCommand {
  readonly command: string
  /** Line of the text that it stands in, from 0. */
  readonly line: number
  /** It is only reached after `greengate authorize` agreed. */
  readonly gated: boolean
}

/** How a text of commands is run. */
export interface Shell {
  /** A command that fails ends it. */
  readonly errexit: boolean
  /** A pipe fails if its first part does. */
  readonly pipefail: boolean
}

/** Words in their order; options and their values may stand before and between them. A pattern has to match whole. */
type Verbs = readonly (readonly string[])[]

const KUBECTL: Verbs = [['apply'], ['set', 'image'], ['rollout', 'restart'], ['replace']]
/** Programs that put something where users are. Publishing a package or pushing an image deploys nothing yet. */
const DEPLOYS: Readonly<Record<string, Verbs>> = {
  kubectl: KUBECTL, oc: KUBECTL, helm: [['upgrade'], ['install']], terraform: [['apply']], tofu: [['apply']], terragrunt: [['apply'], ['run-all', 'apply']], pulumi: [['up']],
  aws: [['ecs', 'update-service'], ['lambda', 'update-function-code'], ['deploy', 'create-deployment']],
  gcloud: ['run', 'app', 'functions'].flatMap((what) => [[what, 'deploy'], ['beta', what, 'deploy'], ['alpha', what, 'deploy']]),
  az: [['webapp', 'deploy'], ['webapp', 'up']], fly: [['deploy']], flyctl: [['deploy']], wrangler: [['deploy'], ['publish'], ['pages', 'deploy']], serverless: [['deploy']], sls: [['deploy']],
  cdk: [['deploy']], sam: [['deploy']], eb: [['deploy']], railway: [['up']], firebase: [['deploy']], argocd: [['app', 'sync']], kamal: [['deploy']], docker: [['stack', 'deploy']], heroku: [['container:release']], git: [['push', 'heroku'], ['push', 'dokku']],
} // prettier-ignore
/** Programs whose arguments are words, and nothing that runs. */
const ONLY_WORDS =
  /^(echo|printf|grep|egrep|fgrep|rg|cat|which|type|man|test|\[|git|curl|gh|read|export|sed|awk|:|true|shellcheck|apt-get|apk|brew|chmod|cp|mv|rm|ls|mkdir|touch)$/
const MARK = /^-/

/** Commands that deploy in a text of shell commands, and whether each waits for the gate. Pure. */
export function deployCommands(text: string, shell: Shell): ReachedCommand[] {
  return reachedIn(text, shell).flatMap((reached) =>
    deploysIn(reached.command, 0).flatMap((deploy) => (isGreengate(deploy, 'deploy') ? [] : [reached])),
  )
}

/** Other commands of a text that are reached without waiting for the gate. Pure. */
export function ungatedCalls(text: string, shell: Shell): string[] {
  return reachedIn(text, shell)
    .filter((reached) => !reached.gated && deploysIn(reached.command, 0).length === 0)
    .map((reached) => reached.command)
}

/** Simple commands in their order, with whether `greengate authorize` had to agree for each to be reached. */
function reachedIn(text: string, shell: Shell): ReachedCommand[] {
  const found: ReachedCommand[] = []
  const pipefail = shell.pipefail || /\bpipefail\b/.test(text)
  let stops = shell.errexit || /^#!.*\s-\w*e/.test(text)
  /** From here on nothing is reached that the gate has not agreed to. */
  let passed = false
  let inThen = false
  const lines = numberedLines(text)
  for (const [at, [line, command]] of lines.entries()) {
    if (/^set\s+(-\w+\s+)*\+(\w*e|o\s+errexit)/.test(command)) stops = false
    else if (/^set\s+(-\w+\s+)*-(\w*e|o\s+errexit)/.test(command)) stops = true
    const parts = simpleCommands(command)
    let chain = false
    for (const [index, part] of parts.entries()) {
      const next = parts[index + 1]
      if (part.before === '||' || part.before === ';') chain = false
      if (/^(else|elif|fi)\b/.test(part.text)) inThen = false
      found.push({ command: part.text, line, gated: passed || chain || inThen })
      if (!asksTheGate(part.text) || (next?.before === '|' && !pipefail)) continue
      const isCondition = /^(if|elif)\b/.test(part.text)
      const after = [...parts.slice(index + 1), ...lines.slice(at + 1).flatMap(([, later]) => simpleCommands(later))]
      if (/^((if|elif)\s+)?!/.test(part.text)) {
        const end = after.findIndex((later) => /^(fi|else|elif)\b/.test(later.text))
        if (isCondition && endsIt(after.slice(0, Math.max(end, 0)))) passed = true
      } else if (isCondition) inThen = true
      else {
        chain = true
        const isLast = next === undefined || next.before === ';' || next.before === '|'
        // `authorize || exit 1` ends it as errexit would.
        if ((isLast && stops) || (next?.before === '||' && endsIt(parts.slice(index + 1)))) passed = true
      }
    }
  }
  return found
}

/** Lines with continuations joined and comments dropped, with where each begins. */
function numberedLines(text: string): [number, string][] {
  const lines: [number, string][] = []
  let joined = ''
  let start = 0
  /** End of a text that stands here for a program to read. */
  let skipTo = ''
  for (const [index, raw] of text.split('\n').entries()) {
    if (skipTo !== '') {
      if (raw.trim() === skipTo) skipTo = ''
      continue
    }
    if (joined === '') start = index
    joined += joined === '' ? raw : ` ${raw.trim()}`
    if (/\\\r?$/.test(joined)) {
      joined = joined.replace(/\\\r?$/, '')
      continue
    }
    const here = shellLines(joined)
    for (const line of here) lines.push([start, line])
    joined = ''
    const mark = /<<-?\s*["']?(\w+)/.exec(here.join(' '))?.[1]
    if (mark !== undefined && !/\b(ssh|(ba|z|da|a)?sh)\b[^|]*<</.test(here.join(' '))) skipTo = mark
  }
  for (const line of shellLines(joined)) lines.push([start, line])
  return lines
}

function endsIt(parts: readonly { text: string }[]): boolean {
  return parts.some((part) => /(^|[{(\s])(exit\s+[1-9$]|return\s+[1-9]|false)/.test(part.text))
}

function asksTheGate(text: string): boolean {
  return isGreengate(unwrapped(commandWords(text).words), 'authorize')
}

function isGreengate(words: readonly string[], verb: 'authorize' | 'deploy'): boolean {
  return programName(words).replace(/@.*$/, '') === 'greengate' && words.slice(1).find((word) => /^(authorize|deploy|check|trust)$/.test(word)) === verb // prettier-ignore
}

/** `npx greengate`, `pnpm exec greengate` and their kind run the program that they name. */
function unwrapped(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => /(^|\/)greengate(@[^/]*)?$/.test(word))
  const before = words.slice(0, Math.max(at, 0))
  return at > 0 && before.every((word) => /^(npx|bunx|pnpm|npm|yarn|exec|dlx|x|node|-\S*)$/.test(word)) ? words.slice(at) : words // prettier-ignore
}

/** Words of the deploys in a simple command, those in quotes that it hands to another shell included. */
function deploysIn(text: string, depth: number): (readonly string[])[] {
  const words = unwrapped(commandWords(text).words)
  if (isGreengate(words, 'deploy')) return [words]
  const program = programName(words)
  if (depth > 3 || words.length === 0) return []
  if (program === 'git') return deploys(words) ? [words] : []
  if (ONLY_WORDS.test(program)) return []
  const inner = words.slice(1).filter((word) => /\s/.test(word)).flatMap((word) => shellLines(word).flatMap((line) => simpleCommands(line).flatMap((part) => deploysIn(part.text, depth + 1)))) // prettier-ignore
  const own = words.findIndex((_word, index) => deploys(words.slice(index)))
  return own < 0 ? inner : [words.slice(own), ...inner]
}

function deploys(words: readonly string[]): boolean {
  const program = programName(words).replace(/[:@].*$/, '')
  if (isRehearsal(program, words)) return false
  if (program === 'vercel') return words.some((word) => /^--prod(uction)?$/.test(word))
  if (program === 'netlify') return follows(words.slice(1), ['deploy']) && words.includes('--prod')
  if (program === 'ansible-playbook') return words.slice(1).some((word) => /deploy/.test(word))
  if (program === 'cap') return words[2] === 'deploy'
  if (!Object.hasOwn(DEPLOYS, program)) return false
  return DEPLOYS[program]?.some((verbs) => follows(words.slice(1), verbs)) === true
}

/** What is only tried, or goes to a stand-in on the same machine. */
function isRehearsal(program: string, words: readonly string[]): boolean {
  if (words.some((word) => /^(--help|--dry-run(=(client|server|true))?|--dryrun)$/.test(word)))
    return !words.some((word, index) => word === '--dry-run' && words[index + 1] === 'none')
  if (program === 'ansible-playbook') return words.some((word) => /^(-C|--check|--syntax-check|--list-tasks|--list-hosts)$/.test(word)) // prettier-ignore
  return /--endpoint-url[= ]https?:\/\/(localhost|127\.)/.test(words.join(' '))
}

/** Whether verbs stand next, behind options that may each have a value of its own. */
function follows(words: readonly string[], verbs: readonly string[]): boolean {
  const [verb, ...more] = verbs
  if (verb === undefined) return true
  const [word = ''] = words
  if (word === verb) return follows(words.slice(1), more)
  if (!MARK.test(word)) return false
  const value = words[1] ?? ''
  return follows(words.slice(1), verbs) || (!word.includes('=') && !MARK.test(value) && follows(words.slice(2), verbs))
}
