import type { AnyCheck } from '@greengate/contracts'
import { canonicalize } from '@greengate/evidence'
import { createBeds, createRedactor, runCheck } from '@greengate/runner'
import { describeCheck } from '@greengate/runner/testing'
import { afterAll, expect, it } from 'vitest'
import { check as typed } from './observe.ts'

describeCheck(typed)

const check = typed as unknown as AnyCheck
const beds = createBeds()
afterAll(() => beds.close())

// Goal: a description of OpenAPI 3.0 is as good as one of 3.1, with the words that only 3.0 has.
it('passes answers that conform to a description of 3.0', { timeout: 120_000 }, async () => {
  const open = await beds.open(check)
  try {
    const context = await open.bed.service(['openapi-older'])
    const redactor = () => createRedactor(context.testbed?.secrets() ?? [])
    const { outcome, judgement } = await runCheck(check, context, { redactor, canonicalize })
    expect(judgement.findings).toEqual([])
    expect(outcome).toBe('pass')
  } finally {
    await open.close()
  }
})
