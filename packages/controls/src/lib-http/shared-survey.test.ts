import { type AnyCheck, CannotObserve, type CheckContext } from '@greengate/contracts'
import { createBeds } from '@greengate/runner'
import { afterAll, expect, it } from 'vitest'
import { check } from '../err/err-04/observe.ts'
import { sharedSurvey } from './shared-survey.ts'

const beds = createBeds()
afterAll(() => beds.close())

// Goal: four controls cost one survey, and a survey that failed or belongs to another configuration is nobody else's.
it('is made once per testbed and configuration, and again after a failure', { timeout: 120_000 }, async () => {
  const open = await beds.open(check as unknown as AnyCheck)
  try {
    const context = await open.bed.service([])
    const aborted: CheckContext = { ...context, signal: AbortSignal.abort() }
    await expect(sharedSurvey(aborted)).rejects.toThrow('cut short')
    const [first, second] = await Promise.all([sharedSurvey(context), sharedSurvey(context)])
    expect(second).toBe(first)
    expect(await sharedSurvey({ ...context })).toBe(first)
    expect(first.survey.exchanges.length).toBeGreaterThan(20)
    expect(await sharedSurvey({ ...context, config: { ...context.config } })).not.toBe(first)
    await expect(sharedSurvey({ ...context, testbed: null })).rejects.toBeInstanceOf(CannotObserve)
  } finally {
    await open.close()
  }
})
