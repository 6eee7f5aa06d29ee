import { normalize } from 'node:path/posix'
import type { TreePort } from '@greengate/contracts'
import { commandWords, programName } from './command-words.ts'
import { deployCommands, type Shell, ungatedCalls } from './deploy-commands.ts'
import type { PipelineCommand } from './pipeline.ts'
import type { PipelineStep } from './pipeline-steps.ts'

/** A command of a pipeline that deploys. */
export interface PipelineDeploy {
  /** `path:line` of the command itself, which may stand in a script that the pipeline runs. */
  readonly where: string
  readonly command: string
  /** It is only reached after `greengate authorize` agreed. */
  readonly gated: boolean
}

type Files = Pick<TreePort, 'has' | 'read'>
const CALLS_DEEP_MAX = 5
/** A cluster that the job itself starts: what is applied there is where no user is. */
const OWN_CLUSTER =
  /\b(kind\s+(create|load|export|get)|kind-action|setup-kind|minikube|k3d|setup-k3[sd]|microk8s|colima)\b/
const SPEAKS_TO_A_CLUSTER = /\b(kubectl|oc|helm)\b/
const NAMES_A_CLUSTER = /--(kube-?context|context|kubeconfig|server|cluster)\b/

/** Deploys that the steps of a pipeline come to run, by themselves or by the scripts and targets that they call. */
export async function pipelineDeploys(
  tree: Files,
  path: string,
  steps: readonly PipelineStep[],
  commands: readonly PipelineCommand[],
): Promise<PipelineDeploy[]> {
  const found: PipelineDeploy[] = []
  const seen = new Set<string>()
  for (const step of steps.filter((candidate) => candidate.text !== '')) {
    const line = Number(step.where.slice(step.where.lastIndexOf(':') + 1))
    const shell = shellOf(path, step)
    const job = steps.filter((other) => other.job === step.job).map((other) => `${other.uses}\n${other.text}`).join('\n') // prettier-ignore
    for (const deploy of deployCommands(step.text, shell))
      if (!staysInside(deploy.command, job)) found.push({ where: `${path}:${line + deploy.line}`, command: deploy.command, gated: deploy.gated }) // prettier-ignore
    for (const call of ungatedCalls(step.text, shell)) await follow(call, job, 0)
  }
  return found

  async function follow(call: string, job: string, depth: number): Promise<void> {
    for (const script of await scriptsOf(call, tree, commands)) {
      if (seen.has(script.where) || depth > CALLS_DEEP_MAX) continue
      seen.add(script.where)
      const around = `${job}\n${script.text}`
      for (const deploy of deployCommands(script.text, script.shell))
        if (!staysInside(deploy.command, around)) found.push({ where: script.where, command: deploy.command, gated: deploy.gated }) // prettier-ignore
      for (const inner of ungatedCalls(script.text, script.shell)) await follow(inner, around, depth + 1)
    }
  }
}

function staysInside(command: string, job: string): boolean {
  return SPEAKS_TO_A_CLUSTER.test(command) && !NAMES_A_CLUSTER.test(command) && OWN_CLUSTER.test(job)
}

/** What its kind of pipeline starts the commands with: all but Azure and Travis stop at the first that fails. */
function shellOf(path: string, step: PipelineStep): Shell {
  const named = step.shell
  const isGitHub = /^\.(github|gitea|forgejo)\//.test(path)
  const own = /\{0\}/.test(named) ? /\s-\w*e/.test(named) : !/^(pwsh|powershell|cmd|python)/.test(named)
  return {
    errexit: own && !/^(azure-pipelines|\.travis)/.test(path),
    pipefail: !isGitHub || named === 'bash' || named.includes('pipefail'),
  }
}

interface Script {
  readonly where: string
  readonly text: string
  readonly shell: Shell
}

/** Scripts, targets and package scripts of the tree that a simple command runs. */
async function scriptsOf(call: string, tree: Files, commands: readonly PipelineCommand[]): Promise<Script[]> {
  const { words } = commandWords(call)
  const program = programName(words)
  const rest = words.slice(1)
  if (/^(npm|pnpm|yarn|bun)$/.test(program)) {
    const plain = rest.filter((word) => !word.startsWith('-'))
    const name = /^(run|run-script)$/.test(plain[0] ?? '') ? plain[1] : program === 'npm' ? undefined : plain[0]
    return commands
      .filter((command) => command.source === 'package' && command.target === name && command.where.startsWith('package.json:'))
      .map(({ where, text }) => ({ where, text, shell: { errexit: false, pipefail: false } })) // prettier-ignore
  }
  if (/^(g?make|just)$/.test(program)) {
    const isJust = program === 'just'
    const targets = rest.filter((word) => !word.startsWith('-') && !word.includes('='))
    const own = commands.filter(({ where, target }) => target !== undefined && (isJust ? /^justfile:/ : /^((GNU)?[Mm]akefile|[^/]+\.mk):/).test(where)) // prettier-ignore
    // make stops at a line that fails, unless the line begins with a stroke.
    return madeBy(targets, own).map(({ where, text }) => ({ where, text, shell: { errexit: true, pipefail: false } }))
  }
  const isShell = /^((ba|z|da|a)?sh|source|\.)$/.test(program)
  const file = normalize((isShell ? rest.find((word) => !word.startsWith('-')) : words[0]) ?? '')
  if (!/\/|\.(sh|bash)$/.test(file) || !tree.has(file)) return []
  const text = await tree.read(file).catch(() => '')
  return /^#!.*\b(ba|z|da|a)?sh\b|^(?!#!)/.test(text) &&
    (isShell || /^#!|\.(sh|bash)$/.test(`${text.slice(0, 2)}${file}`))
    ? [{ where: `${file}:1`, text, shell: { errexit: false, pipefail: false } }]
    : []
}

/** Recipes of targets and of those that they need. */
function madeBy(targets: readonly string[], own: readonly PipelineCommand[]): PipelineCommand[] {
  const wanted = new Set(targets)
  if (targets.length === 0)
    for (const command of own) if (command.first && command.target !== undefined) wanted.add(command.target)
  for (let before = -1; before !== wanted.size;) {
    before = wanted.size
    for (const command of own) {
      if (command.target === undefined || !wanted.has(command.target)) continue
      for (const need of command.needs ?? []) wanted.add(need.slice(need.lastIndexOf(' ') + 1))
    }
  }
  return own.filter((command) => wanted.has(command.target ?? ''))
}
