import type { AnyCheck, Check } from '@greengate/contracts'
import { canonicalize } from '@greengate/evidence'
import { afterAll, describe, expect, it } from 'vitest'
import { type BedsOptions, createBeds } from './beds.ts'
import { proveCheck, type ProofRow } from './prove.ts'

/** Limit of one check's clean case, refutations and positive controls; generous, for a busy machine. */
const PROVE_TIMEOUT_MS = 900_000

/**
 * The tests that every check has: its clean case passes, each refutation of it is caught, and the real observer finds
 * what each positive control planted.
 */
export function describeCheck<O, P, A extends string>(typed: Check<O, P, A>, options: BedsOptions = {}): void {
  const check = typed as unknown as AnyCheck
  const id: string = typed.control.id
  describe(id, () => {
    const beds = createBeds(options)
    afterAll(() => beds.close())
    it(
      'passes on the clean case, catches every refutation and finds every planted defect',
      async () => {
        const rows = await proveCheck(check, {
          openBed: (one) => beds.open(one),
          canonicalize,
          monotonicMs: () => performance.now(),
        })
        const broken = rows.filter((row: ProofRow) => !row.held).map((row) => `${row.kind} ${row.id}: ${row.detail}`)
        expect(broken).toEqual([])
        expect(rows.filter((row) => row.kind === 'positive').length).toBe(typed.positiveControls.length)
      },
      PROVE_TIMEOUT_MS,
    )
    it('has a refutation for every aspect', () => {
      const covered = new Set<string>(typed.judge.refutations.map((refutation) => refutation.breaks))
      expect(typed.judge.aspects.filter((aspect) => !covered.has(aspect))).toEqual([])
    })
    it('has refutations and positive controls with names of their own', () => {
      expect(new Set(typed.judge.refutations.map((refutation) => refutation.id)).size).toBe(
        typed.judge.refutations.length,
      )
      expect(new Set(typed.positiveControls.map((control) => control.id)).size).toBe(typed.positiveControls.length)
    })
  })
}
