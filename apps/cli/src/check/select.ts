import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { CATALOGUE, CONTROLS } from '@greengate/controls/catalogue'
import { JUDGES } from '@greengate/controls/judges'
import { POLICIES, policyByName } from '@greengate/controls/standards'
import {
  type Control,
  type ControlId,
  type Gate,
  GATES,
  GreengateError,
  type Policy,
  policySchema,
  type Requirement,
} from '@greengate/contracts'

/** What `check` is asked to look at. */
export interface Selection {
  readonly policy: Policy
  /** The policy's requirements that this run decides on. */
  readonly requirements: readonly Requirement[]
  readonly gate: Gate
  /** Controls were left out by `--only`: the verdict is at best partial. */
  readonly partial: boolean
}

export interface SelectOptions {
  readonly gate?: string | undefined
  readonly standard?: string | undefined
  readonly only?: readonly string[] | undefined
  /** Policy file or built-in name from the configuration. */
  readonly configured: string
  readonly cwd: string
}

/** Later gates stand on earlier ones: what the deploy asks for includes what the merge asked for. */
const BEFORE: Readonly<Record<Gate, readonly Gate[]>> = {
  code: ['code'],
  merge: ['code', 'merge'],
  deploy: ['code', 'merge', 'deploy'],
  rollout: ['rollout'],
  watch: ['watch'],
  operate: ['operate'],
  handoff: ['handoff'],
}

/**
 * The policy and the part of it that this run is about.
 * @throws GreengateError USAGE, CONTROL_UNKNOWN, STANDARD_UNKNOWN, POLICY_INVALID
 */
export async function select(options: SelectOptions): Promise<Selection> {
  const gate = parseGate(options.gate ?? 'deploy')
  const policy = await loadPolicy(options.standard, options.configured, options.cwd)
  const ofGate = policy.require.filter((requirement) => {
    const control = CONTROLS.get(requirement.control)
    // One that the catalogue doesn't know stays in, so that it is red and not gone.
    return control === undefined || control.gates.some((one) => BEFORE[gate].includes(one))
  })
  const only = (options.only ?? [])
    .flatMap((part) => part.split(','))
    .map((part) => part.trim().toUpperCase())
    .filter((part) => part !== '')
  // An empty list must not quietly mean everything: whoever wrote it meant something else.
  if (options.only !== undefined && only.length === 0)
    throw new GreengateError('USAGE', 'Nothing is named after --only.', {
      where: '--only',
      fix: 'Name controls or families, such as `--only OBS-21,ERR`, or leave it out.',
    })
  for (const word of only)
    if (!isKnown(word))
      throw new GreengateError('CONTROL_UNKNOWN', `There is no control or family ${word}.`, { where: `--only ${word}` })
  const requirements = only.length === 0 ? ofGate : onlyThese(policy.require, only)
  if (requirements.length === 0)
    throw new GreengateError('USAGE', `The policy ${policy.id} requires nothing at the gate ${gate}.`, {
      where: `--gate ${gate}`,
      fix: 'Choose another gate, or another policy.',
    })
  return { policy, requirements, gate, partial: only.length > 0 }
}

function parseGate(name: string): Gate {
  const gate = GATES.find((candidate) => candidate === name)
  if (!gate)
    throw new GreengateError('USAGE', `There is no gate ${name}.`, {
      where: '--gate',
      fix: `One of: ${GATES.join(', ')}.`,
    })
  return gate
}

const isKnown = (word: string): boolean =>
  CATALOGUE.some((control) => control.id === word || control.id.startsWith(`${word}-`))
const matches = (id: string, words: readonly string[]): boolean =>
  words.some((word) => id === word || id.startsWith(`${word}-`))

/** A control asked for by name runs with its defaults even where the policy doesn't list it. A family means its proved ones. */
function onlyThese(required: readonly Requirement[], words: readonly string[]): readonly Requirement[] {
  const listed = required.filter((requirement) => matches(requirement.control, words))
  const missing = CATALOGUE.filter(
    (control) =>
      !listed.some((requirement) => requirement.control === control.id) &&
      (words.includes(control.id) || (matches(control.id, words) && Object.hasOwn(JUDGES, control.id))),
  )
  return [
    ...listed,
    ...missing.map((control): Requirement => ({ control: control.id, params: {}, envs: [], trust: 'local' })),
  ]
}

async function loadPolicy(standard: string | undefined, configured: string, cwd: string): Promise<Policy> {
  const name = standard ?? (configured === '' ? 'baseline' : configured)
  // Two standards adopted together, `a+b`: the stricter parameter of each.
  if (name.split('+').every((part) => POLICIES.some((known) => known === part))) return policyByName(name)
  if (standard !== undefined)
    throw new GreengateError('STANDARD_UNKNOWN', `There is no standard ${standard}.`, {
      where: `--standard ${standard}`,
      fix: `One of: ${POLICIES.join(', ')}.`,
    })
  return readPolicy(resolve(cwd, configured))
}

/** @throws GreengateError POLICY_INVALID */
export async function readPolicy(file: string): Promise<Policy> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new GreengateError(
      'POLICY_INVALID',
      `The policy can't be read: ${error instanceof Error ? error.message : String(error)}`,
      { where: file, cause: error },
    )
  }
  const parsed = policySchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new GreengateError('POLICY_INVALID', `The policy is not one: ${issue?.message ?? 'unknown shape'}`, {
    where: `${file} at ${issue?.path.join('.') || 'its top'}`,
  })
}

/** Parameters of one requirement: the control's defaults overlaid with the policy's. */
export function paramsOf(
  control: Control | undefined,
  requirement: Requirement,
): { readonly [key: string]: import('@greengate/contracts').Json } {
  return {
    ...control?.params,
    ...(requirement.params as { readonly [key: string]: import('@greengate/contracts').Json }),
  }
}

/** The ids of a plan that have a check. */
export function proved(requirements: readonly Requirement[]): readonly ControlId[] {
  return requirements.map((requirement) => requirement.control).filter((id) => Object.hasOwn(JUDGES, id))
}
