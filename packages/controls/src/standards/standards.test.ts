import { GreengateError, type StandardKey, STANDARDS } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../catalogue.ts'
import { JUDGES } from '../judges.ts'
import { adopt, coverage, POLICIES, policyByName, standardPolicy } from './policies.ts'
import { strictnessOf, stricterValue } from './strictness.ts'

const KEYS = Object.keys(STANDARDS) as StandardKey[]

function paramsIn(policy: ReturnType<typeof adopt>, id: string): Record<string, unknown> | undefined {
  return policy.require.find((requirement) => requirement.control === id)?.params
}

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof GreengateError) return error.code
    throw error
  }
  return 'none'
}

describe('the five standards', () => {
  it('ask for as many controls as the documents they come from', () => {
    const counts = Object.fromEntries(KEYS.map((key) => [key, standardPolicy(key).require.length]))
    expect(counts).toEqual({ G: 32, C: 46, S: 71, R: 60, F: 82 })
  })

  it('are found by key and by name, each under its own name', () => {
    for (const key of KEYS) expect(standardPolicy(key)).toEqual(policyByName(STANDARDS[key]))
    for (const name of POLICIES) expect(policyByName(name).id).toBe(name)
  })

  it('keep their own parameters', () => {
    expect(paramsIn(standardPolicy('C'), 'OBS-07')).toMatchObject({
      errorRateHoldS: 120,
      errorRateSeverity: 'critical',
    })
    expect(paramsIn(standardPolicy('S'), 'OBS-07')).toMatchObject({
      errorRateHoldS: 300,
      errorRateSeverity: 'warning',
    })
  })

  it('claim no more coverage than there are judges', () => {
    for (const name of POLICIES) {
      const { proved, required, catalogue } = coverage(policyByName(name))
      expect(catalogue).toBe(224)
      expect(proved).toBe(policyByName(name).require.filter((row) => row.control in JUDGES).length)
      expect(required).toBeGreaterThan(0)
    }
  })
})

describe('a standard that is not covered whole', () => {
  it('says so', () => {
    const whole = KEYS.filter((key) => {
      const { proved, required } = coverage(standardPolicy(key))
      return proved >= required
    })
    expect(whole).toEqual([])
  })
})

describe('baseline', () => {
  it('is exactly what has a judge', () => {
    const ids = policyByName('baseline').require.map((row) => row.control)
    expect([...ids].sort()).toEqual(Object.keys(JUDGES).sort())
    expect(coverage(policyByName('baseline'))).toEqual({ proved: ids.length, required: ids.length, catalogue: 224 })
  })
})

describe('parameters', () => {
  it('of every built-in policy are understood by the judge that gets them', async () => {
    const wrong: string[] = []
    for (const { control, params } of POLICIES.flatMap((name) => policyByName(name).require)) {
      const load = JUDGES[control]
      if (load === undefined) continue
      try {
        const judge = await load()
        judge.parseParams(params)
      } catch (error) {
        wrong.push(`${control}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    expect([...new Set(wrong)]).toEqual([])
  })
})

describe('adopting several', () => {
  it('takes the union of the controls and the stricter of the parameters, in any order', () => {
    const both = adopt(['S', 'C'])
    expect(both).toEqual(adopt(['C', 'S']))
    expect(both.require.length).toBe(
      CATALOGUE.filter((control) => control.standards.includes('S') || control.standards.includes('C')).length,
    )
    expect(paramsIn(both, 'OBS-07')).toMatchObject({ errorRateHoldS: 120, errorRateSeverity: 'critical' })
  })

  it('can adopt all five: every parameter that they set differently has a direction', () => {
    expect(adopt(KEYS).require.length).toBe(CATALOGUE.filter((control) => control.standards.length > 0).length)
  })

  it('takes a name joined with +', () => {
    expect(policyByName('quality-gates+launch-checklist')).toEqual(adopt(['C', 'S']))
  })

  it('refuses what it does not know', () => {
    expect(codeOf(() => policyByName('quality-gate'))).toBe('STANDARD_UNKNOWN')
    expect(codeOf(() => policyByName(''))).toBe('STANDARD_UNKNOWN')
    expect(codeOf(() => policyByName('constructor'))).toBe('STANDARD_UNKNOWN')
    expect(codeOf(() => policyByName('baseline+quality-gates'))).toBe('STANDARD_UNKNOWN')
    expect(codeOf(() => adopt([]))).toBe('POLICY_INVALID')
  })
})

describe('the stricter value', () => {
  it('follows the name or the table', () => {
    expect(strictnessOf('SCR-05', 'maxKeyAgeDays')).toBe('min')
    expect(stricterValue('SCR-05', 'maxKeyAgeDays', 90, 30)).toBe(30)
    expect(stricterValue('RES-07', 'minAcknowledgedWrites', 500, 1000)).toBe(1000)
    expect(stricterValue('OBS-07', 'errorRateSeverity', 'critical', 'warning')).toBe('critical')
  })

  it('refuses where no direction is known or the values do not fit it', () => {
    expect(codeOf(() => stricterValue('RES-01', 'colour', 1, 2))).toBe('POLICY_INVALID')
    expect(codeOf(() => stricterValue('SCR-05', 'maxKeyAgeDays', 90, 'never'))).toBe('POLICY_INVALID')
    expect(codeOf(() => stricterValue('OBS-07', 'errorRateSeverity', 'critical', 'info'))).toBe('POLICY_INVALID')
    expect(stricterValue('RES-01', 'colour', [1], [1])).toEqual([1])
  })

  it('has a direction for every numeric parameter of the catalogue', () => {
    const unknown = CATALOGUE.flatMap((control) =>
      [control.params, ...Object.values(control.standardParams ?? {})].flatMap((params) =>
        Object.entries(params)
          .filter(([name, value]) => typeof value === 'number' && strictnessOf(control.id, name) === undefined)
          .map(([name]) => `${control.id}.${name}`),
      ),
    )
    expect(unknown).toEqual([])
  })
})
