import { createHash } from 'node:crypto'
import { FACT_NAMES } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { CAPABILITIES, CATALOGUE, CONTROLS } from '../src/catalogue.ts'
import { CHECKS } from '../src/checks.ts'
import { JUDGES } from '../src/judges.ts'
import { AGREED } from './agreed.ts'

/** SHA-256 over "id title" of all rows, one a line: the titles are the contract, and nobody edits one in passing. */
const TITLES_SHA256 = 'fb7dc6baadfa772c87baf31c71f184468127d84018c8883f1d440f95f3f2c7bb'

describe('the catalogue', () => {
  it('holds every control that was agreed, with its gates and standards, and no other', () => {
    const rows = CATALOGUE.map(
      (control) => `${control.id} ${control.standards.join('') || '+'} ${control.gates.join(',')}`,
    )
    expect(rows).toEqual(AGREED.trim().split('\n'))
  })

  it('keeps the titles', () => {
    const text = CATALOGUE.map((control) => `${control.id} ${control.title}`).join('\n')
    expect(createHash('sha256').update(text).digest('hex')).toBe(TITLES_SHA256)
  })

  it('has unique ids: 224 controls and 16 capabilities beside them', () => {
    expect(CONTROLS.size).toBe(224)
    expect(CATALOGUE.length).toBe(224)
    expect(new Set(CAPABILITIES.map((capability) => capability.id)).size).toBe(16)
  })

  it('says of every control why it matters and what to do', () => {
    const empty = CATALOGUE.filter((control) => control.why.length < 60 || control.fix.length < 60)
    expect(empty.map((control) => control.id)).toEqual([])
  })

  it('repeats no sentence: each why and fix is about its own control', () => {
    const sentences = CATALOGUE.flatMap((control) => [control.why, control.fix]).filter((text) => text !== '')
    expect(new Set(sentences).size).toBe(sentences.length)
  })

  it('proves by record alone at most one control in ten', () => {
    const records = CATALOGUE.filter((control) => control.proof.every((proof) => proof === 'record'))
    expect(records.length).toBeGreaterThan(0)
    expect(records.length * 10).toBeLessThanOrEqual(CATALOGUE.length)
  })

  it('judges each control on something, binds it to something and lets it expire', () => {
    const incomplete = CATALOGUE.filter(({ proof, gates, scope, binds, maxAgeS }) => {
      const expectedAgeS = gates.includes('operate') ? 2_592_000 : 604_800
      return [proof, gates, scope, binds].some((list) => list.length === 0) || maxAgeS !== expectedAgeS
    })
    expect(incomplete.map((control) => control.id)).toEqual([])
  })

  it('makes a control not applicable by facts alone that a detector can be asked for', () => {
    const facts = new Set(CATALOGUE.flatMap((control) => control.objectFact ?? []))
    expect([...facts].filter((fact) => !FACT_NAMES.includes(fact))).toEqual([])
  })

  it('has a judge and a check for the same controls, all of them in the catalogue', () => {
    expect(Object.keys(JUDGES).sort()).toEqual(Object.keys(CHECKS).sort())
    expect(Object.keys(JUDGES).filter((id) => !CONTROLS.has(id))).toEqual([])
  })
})
