/**
 * Goal: the provider passes every scenario of the OpenFeature specification's feature files, through the real SDK.
 * Method: the files are parsed by Cucumber's own parser and executed step by step; a step that is not defined fails, and
 * the number of scenarios that ran is compared with a count taken from the lines of the files.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { countScenarios, featureFiles, readFeature, type Scenario, scenariosOf } from './scenarios.ts'
import { stepFor } from './steps.ts'
import { World } from './world.ts'

const scenarios: readonly Scenario[] = featureFiles.flatMap(scenariosOf)
const expected = featureFiles.reduce((sum, file) => sum + countScenarios(readFeature(file)), 0)
let passed = 0

describe('the OpenFeature specification', () => {
  it('has the feature files that it should have, and all of their scenarios', () => {
    expect(featureFiles).toEqual([
      'contextMerging.feature',
      'evaluation.feature',
      'evaluation_v2.feature',
      'hooks.feature',
      'metadata.feature',
    ])
    expect(scenarios).toHaveLength(expected)
    expect(expected).toBeGreaterThan(100)
    expect(scenarios.filter((one) => one.steps.length === 0)).toEqual([])
  })

  it('has exactly one definition for every step', () => {
    const problems = [...new Set(scenarios.flatMap((one) => one.steps.map((step) => step.text)))].flatMap((text) => {
      try {
        stepFor(text)
        return []
      } catch (error) {
        return [String(error)]
      }
    })
    expect(problems).toEqual([])
  })

  it.each(scenarios.map((one, index) => [`${one.file} #${index + 1}: ${one.name}`, one] as const))(
    '%s',
    async (_, scenario) => {
      const world = new World()
      try {
        for (const { text, table } of scenario.steps) await stepFor(text)(world, table)
        passed += 1
      } finally {
        await world.end()
      }
      expect(scenario.steps.length).toBeGreaterThan(1)
    },
  )

  afterAll(() => {
    if (passed !== expected) throw new Error(`${passed} of ${expected} scenarios passed`)
  })
})
