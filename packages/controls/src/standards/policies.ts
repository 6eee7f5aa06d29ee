import {
  type Control,
  type ControlId,
  GreengateError,
  type Json,
  type Policy,
  policySchema,
  type StandardKey,
  STANDARDS,
  type StandardName,
} from '@greengate/contracts'
import { CATALOGUE } from '../catalogue.ts'
import { JUDGES } from '../judges.ts'
import { stricterValue } from './strictness.ts'

type Params = Readonly<Record<string, Json>>

/** The name of the built-in policy that holds exactly the controls which are proved today. */
export const BASELINE = 'baseline'

/** Names that `policyByName` knows; several standards are joined with `+`. */
export const POLICIES: readonly (typeof BASELINE | StandardName)[] = [BASELINE, ...Object.values(STANDARDS)]

/**
 * When the built-in policies end. A policy without an end could be served for ever by an installation that nobody updates,
 * long after a control was found to be too weak. It is a fixed date and not "a year from now", because the digest of a
 * policy must be the same on every machine and on every day: a verdict and a trust root name it. Each release moves it.
 */
export const BUILT_IN_EXPIRES = '2028-01-01T00:00:00Z'

/** Raised by a release that changes what a built-in policy asks for. */
const BUILT_IN_VERSION = 1

function policyOf(id: string, require: readonly { control: ControlId; params: Params }[]): Policy {
  return policySchema.parse({
    schema: 'greengate/policy/v1',
    id,
    version: BUILT_IN_VERSION,
    prev: '',
    expires: BUILT_IN_EXPIRES,
    approvers: [],
    threshold: 1,
    runners: [],
    require,
  })
}

function keyOf(standard: StandardKey | StandardName): StandardKey {
  const key = (Object.keys(STANDARDS) as StandardKey[]).find(
    (candidate) => candidate === standard || STANDARDS[candidate] === standard,
  )
  if (key === undefined) {
    throw new GreengateError('STANDARD_UNKNOWN', `there is no standard "${String(standard)}"`, {
      where: String(standard),
      fix: `Use one of ${Object.values(STANDARDS).join(', ')}.`,
    })
  }
  return key
}

/** A control's parameters as one standard asks for them: the defaults with the standard's own over them. */
function paramsUnder(control: Control, key: StandardKey): Params {
  return { ...control.params, ...control.standardParams?.[key] }
}

/** The stricter of two sets; a parameter that only one of them sets is asked for as that one asks. */
function stricterParams(control: ControlId, left: Params, right: Params): Params {
  const merged: Record<string, Json> = { ...left }
  for (const [name, value] of Object.entries(right)) {
    const present = merged[name]
    merged[name] = present === undefined ? value : stricterValue(control, name, present, value)
  }
  return merged
}

/**
 * One policy that satisfies several standards at once: the union of their controls, each parameter at its stricter value.
 * The order of the keys does not matter.
 * @throws GreengateError STANDARD_UNKNOWN for an unknown key, POLICY_INVALID for none, or where two standards set a
 * parameter differently and it is not known which value is the stricter.
 */
export function adopt(standards: readonly (StandardKey | StandardName)[]): Policy {
  const asked = new Set(standards.map(keyOf))
  const keys = (Object.keys(STANDARDS) as StandardKey[]).filter((key) => asked.has(key))
  const [first, ...others] = keys
  if (first === undefined) throw new GreengateError('POLICY_INVALID', 'a policy adopts at least one standard')
  const require = []
  for (const control of CATALOGUE) {
    const under = [first, ...others].filter((key) => control.standards.includes(key))
    if (under.length === 0) continue
    const params = under
      .map((key) => paramsUnder(control, key))
      .reduce((left, right) => stricterParams(control.id, left, right))
    require.push({ control: control.id, params })
  }
  return policyOf(keys.map((key) => STANDARDS[key]).join('+'), require)
}

/**
 * One of the five standards as a policy: every control that it asks for, proved or not, with its own parameters.
 * @throws GreengateError STANDARD_UNKNOWN
 */
export function standardPolicy(standard: StandardKey | StandardName): Policy {
  return adopt([standard])
}

/** Exactly the controls that have a judge, with their default parameters: what a first run can turn green. */
export function baselinePolicy(): Policy {
  return policyOf(
    BASELINE,
    CATALOGUE.filter((control) => control.id in JUDGES).map((control) => ({
      control: control.id,
      params: control.params,
    })),
  )
}

/**
 * A built-in policy by its name: `baseline`, a standard, or several standards joined with `+`.
 * @throws GreengateError STANDARD_UNKNOWN
 */
export function policyByName(name: string): Policy {
  if (name === BASELINE) return baselinePolicy()
  const names = Object.values(STANDARDS)
  const parts = name.split('+').map((part) => {
    const known = names.find((candidate) => candidate === part.trim())
    if (known === undefined) {
      throw new GreengateError('STANDARD_UNKNOWN', `there is no built-in policy "${part.trim()}"`, {
        where: name,
        fix: `Use one of ${POLICIES.join(', ')}; join several standards with +.`,
      })
    }
    return known
  })
  return adopt(parts)
}

/** How much of a policy has a check today. Counts controls, not runs: nothing here says that a service passes. */
export function coverage(policy: Policy): { proved: number; required: number; catalogue: number } {
  const required = new Set(policy.require.map((requirement) => requirement.control))
  let proved = 0
  for (const id of required) if (id in JUDGES) proved += 1
  return { proved, required: required.size, catalogue: CATALOGUE.length }
}
