import type { TreePort } from '@greengate/contracts'
import { parseAllDocuments } from 'yaml'
import { dockerCommands } from './docker-commands.ts'
import { makeCommands, packageCommands, packageSettings, pytestSettings, scriptCommands } from './script-commands.ts'
import { shellLines, withEnvironment } from './shell.ts'
import { isCheck } from './valves.ts'

/** A command that a build or a pipeline runs. */
export interface PipelineCommand {
  /** `path:line`; the line is where the step or instruction begins. */
  readonly where: string
  readonly source: 'ci' | 'docker' | 'script' | 'package'
  readonly text: string
  /** Whether a pipe fails if its first part does. */
  readonly pipefail: boolean
  /** Name of the script of package.json, or of the target of a Makefile, that it belongs to. */
  readonly target?: string
  /** It belongs to the first target of its Makefile. */
  readonly first?: boolean
  /** Targets, as `path target`, that are made before it. */
  readonly needs?: readonly string[]
}

/** A setting in a pipeline file, as `key: value` with its place. */
export interface PipelineSetting {
  readonly where: string
  readonly key: string
  readonly value: string
}

export interface Pipelines {
  readonly commands: PipelineCommand[]
  readonly settings: PipelineSetting[]
  /** Files that describe a pipeline. */
  readonly files: string[]
  /** Pipeline files that nothing here can read, with the reason. */
  readonly unknown: { path: string; reason: string }[]
}

const YAML_CI =
  /^(\.github\/workflows\/[^/]+\.ya?ml|(\.github\/actions\/.+\/)?action\.ya?ml|\.gitlab-ci\.ya?ml|\.gitlab\/ci\/.+\.ya?ml|\.circleci\/config\.ya?ml|azure-pipelines[^/]*\.ya?ml|bitbucket-pipelines\.ya?ml|\.travis\.yml|\.drone\.ya?ml|\.woodpecker(\/.+)?\.ya?ml|\.forgejo\/workflows\/[^/]+\.ya?ml|\.gitea\/workflows\/[^/]+\.ya?ml)$/
const UNKNOWN_CI =
  /^(Jenkinsfile.*|\.buildkite\/.+|\.teamcity\/.+|wercker\.yml|appveyor\.yml|\.appveyor\.yml|cloudbuild\.ya?ml|buildspec\.ya?ml|dagger\.json|\.semaphore\/.+|\.cirrus\.yml|tekton\/.+|bitrise\.yml|codemagic\.yaml)$/
const DOCKER = /(^|\/)((Dockerfile|Containerfile)(\.[^/]+)?|[^/]+\.(dockerfile|containerfile))$/i
const SCRIPT = /(^|\/)(Makefile|GNUmakefile|makefile|[^/]+\.(sh|bash|mk)|justfile)$/
const MAKE = /akefile$|\.mk$|justfile$/
const RUNNER_SETTINGS =
  /(^|\/)(jest|vitest|vite)[\w.-]*\.config\.([cm]?[jt]s|json)$|(^|\/)vitest\.workspace\.[cm]?[jt]s$/
const PYTEST_SETTINGS = /(^|\/)(\.?pytest\.ini|pyproject\.toml|tox\.ini|setup\.cfg)$/
const COMMAND_KEYS = new Set([
  'run',
  'script',
  'before_script',
  'after_script',
  'command',
  'bash',
  'commands',
  'install',
  'before_install',
])

/** Everything that builds and pipelines of the tree run. */
export async function readPipelines(tree: TreePort): Promise<Pipelines> {
  const found: Pipelines = { commands: [], settings: [], files: [], unknown: [] }
  for (const file of tree.files) {
    const { path } = file
    if (file.link !== undefined || /(^|\/)(node_modules|fixtures|testdata)\//.test(path)) continue
    if (UNKNOWN_CI.test(path)) found.unknown.push({ path, reason: 'a kind of pipeline that is not understood yet' })
    const kind = YAML_CI.test(path)
      ? 'yaml'
      : DOCKER.test(path)
        ? 'docker'
        : /^\.ci\/[^/.]+$/.test(path) || SCRIPT.test(path)
          ? 'script'
          : ''
    const isSettings = RUNNER_SETTINGS.test(path)
    if (kind === '' && !isSettings && !PYTEST_SETTINGS.test(path) && !/(^|\/)package\.json$/.test(path)) continue
    try {
      const text = await tree.read(path)
      if (isSettings) found.settings.push(...packageSettings(path, text))
      else if (PYTEST_SETTINGS.test(path)) found.settings.push(...pytestSettings(path, text))
      else if (kind === 'yaml') readYaml(path, text, found)
      else if (kind === 'docker') found.commands.push(...dockerCommands(path, text))
      else if (kind === 'script') {
        if (path.startsWith('.ci/')) found.files.push(path)
        found.commands.push(...(MAKE.test(path) ? makeCommands(path, text) : scriptCommands(path, text)))
      } else {
        found.commands.push(...packageCommands(path, text))
        found.settings.push(...packageSettings(path, text))
      }
    } catch (error) {
      found.unknown.push({
        path,
        reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error),
      })
    }
  }
  return found
}

function readYaml(path: string, text: string, found: Pipelines): void {
  found.files.push(path)
  for (const document of parseAllDocuments(text)) {
    const error = document.errors[0]
    if (error) throw new Error(`not valid YAML: ${error.message}`)
    visit(document.toJS({ maxAliasCount: 100 }), '')
  }
  function visit(value: unknown, key: string): void {
    if (Array.isArray(value)) {
      for (const item of value) {
        if (typeof item === 'string' && COMMAND_KEYS.has(key)) command(item)
        else visit(item, key)
      }
    } else if (typeof value === 'object' && value !== null) {
      const { if: condition } = value as { if?: unknown }
      if (/^(\$\{\{\s*)?false(\s*\}\})?$/.test(String(condition)) && runsCheck(value))
        found.settings.push({ where: `${path}:${lineOf(text, 'if:', 'false')}`, key: 'if', value: 'false, of a check' })
      for (const [name, inner] of Object.entries(value)) {
        if (typeof inner === 'string' && COMMAND_KEYS.has(name)) command(inner)
        else if (['string', 'boolean', 'number'].includes(typeof inner)) {
          found.settings.push({
            where: `${path}:${lineOf(text, `${name}:`, String(inner))}`,
            key: name,
            value: String(inner),
          })
        } else if (/^allow_failures?$/.test(name) && typeof inner === 'object') {
          found.settings.push({ where: `${path}:${lineOf(text, `${name}:`, '')}`, key: name, value: 'object' })
        } else visit(inner, name)
      }
    }
  }
  function command(run: string): void {
    const first = run.trim().split('\n')[0] ?? ''
    // Only GitHub and its kin start a shell without pipefail, unless the shell is named.
    const pipefail = !/^\.(github|gitea|forgejo)\//.test(path) || /\bpipefail\b|^\s*(- )?shell:\s*bash/m.test(text)
    for (const line of shellLines(run))
      found.commands.push({
        where: `${path}:${lineOf(text, line.split('\n')[0] ?? first, '')}`,
        source: 'ci',
        text: withEnvironment(line, text),
        pipefail,
      })
  }
}

/** Whether a job or step runs something that can find fault. */
function runsCheck(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([name, inner]: [string, unknown]) =>
    typeof inner === 'string' ? COMMAND_KEYS.has(name) && shellLines(inner).some(isCheck) : runsCheck(inner),
  )
}

function lineOf(text: string, needle: string, also: string): number {
  const lines = text.split('\n')
  const at = lines.findIndex((line) => line.includes(needle) && line.includes(also))
  return at < 0 ? 1 : at + 1
}
