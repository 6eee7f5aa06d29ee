/** Goal: one feature goes off with its own code, at once by flag or at a restart by environment, and nothing else changes. */
import { describe, expect, it } from 'vitest'
import { defineErrors } from '../errors/index.ts'
import { createKillSwitches, createStaticFlags, type FlagDefinition, FlagStore, killSwitchErrors } from './index.ts'

const flag = (value: boolean): FlagDefinition => ({
  variants: { on: true, off: false },
  defaultVariant: value ? 'on' : 'off',
})
const features = {
  concierge: { whenUnknown: 'on', retryAfterS: 120 },
  exports: { whenUnknown: 'off', flag: 'data-exports', variable: 'EXPORTS' },
} as const
const answer = (work: () => void): string => {
  try {
    work()
    return 'answered'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'another error'
  }
}

describe('killSwitchErrors', () => {
  it('gives each feature a code of its own, which the registry takes', () => {
    const errors = defineErrors(killSwitchErrors(features))
    expect(errors.concierge_unavailable).toMatchObject({ status: 503, retriable: true, retryAfterS: 120 })
    expect(errors.exports_unavailable).toMatchObject({ status: 503, retryAfterS: 300 })
  })

  it('refuses names that make no code', () => {
    expect(() => killSwitchErrors({ 'data-exports': { whenUnknown: 'on' } })).toThrow('expected 1 to 35 lower case')
    expect(() => killSwitchErrors({ a: { whenUnknown: 'on', retryAfterS: 0 } })).toThrow('retryAfterS')
  })
})

describe('createKillSwitches', () => {
  it('switches one feature off by its flag at once, and on again, while the others go on', () => {
    const flags = createStaticFlags({ concierge: flag(true), 'data-exports': flag(true) })
    const switches = createKillSwitches({ flags: flags.store, features })
    const both = (): string[] => [
      answer(() => switches.require('concierge')),
      answer(() => switches.guard('exports', () => {})),
    ]
    expect(both()).toEqual(['answered', 'answered'])
    flags.update({ concierge: flag(false), 'data-exports': flag(true) })
    expect(both()).toEqual(['concierge_unavailable', 'answered'])
    expect(switches.states()).toEqual({
      concierge: { on: false, source: 'flag' },
      exports: { on: true, source: 'flag' },
    })
    flags.update({ concierge: flag(true), 'data-exports': flag(false) })
    expect(both()).toEqual(['answered', 'exports_unavailable'])
    expect(switches.guard('concierge', () => 7)).toBe(7)
  })

  it('uses what is declared while a flag is not known: not ready, gone, malformed, of another type', () => {
    const unknown = [
      new FlagStore(),
      createStaticFlags({}).store,
      createStaticFlags({
        concierge: { variants: { on: 'yes' }, defaultVariant: 'on' },
        'data-exports': { variants: {} },
      }).store,
    ]
    for (const flags of unknown) {
      const switches = createKillSwitches({ flags, features })
      expect(switches.states()).toEqual({
        concierge: { on: true, source: 'default' },
        exports: { on: false, source: 'default' },
      })
      expect([switches.isOn('concierge'), switches.isOn('exports')]).toEqual([true, false])
    }
  })

  it('is off by the environment whatever the flag says, and not on by it', () => {
    const { store } = createStaticFlags({ concierge: flag(true), 'data-exports': flag(false) })
    const environment: Record<string, string> = { FEATURE_CONCIERGE: 'off', EXPORTS: 'on' }
    const switches = createKillSwitches({ flags: store, features, environment })
    expect(switches.states()).toEqual({
      concierge: { on: false, source: 'environment' },
      exports: { on: false, source: 'flag' },
    })
    // Only a restart reads it again.
    environment['FEATURE_CONCIERGE'] = 'on'
    expect(switches.isOn('concierge')).toBe(false)
    expect(createKillSwitches({ flags: store, features, environment }).isOn('concierge')).toBe(true)
    const typo = { FEATURE_CONCIERGE: 'offf' }
    expect(() => createKillSwitches({ flags: store, features, environment: typo })).toThrow('expected on or off')
  })

  it('can be off for some only, and keeps its last state when the flags get stale', () => {
    const flags = createStaticFlags({
      concierge: {
        ...flag(true),
        rules: [{ when: [{ attribute: 'plan', op: 'equals', value: 'free' }], variant: 'off' }],
      },
    })
    const switches = createKillSwitches({ flags: flags.store, features })
    expect([switches.isOn('concierge', { plan: 'free' }), switches.isOn('concierge', { plan: 'team' })]).toEqual([
      false,
      true,
    ])
    flags.store.markStale('the database is down')
    expect(switches.isOn('concierge', { plan: 'free' })).toBe(false)
  })

  it('refuses a feature that is not declared', () => {
    const switches = createKillSwitches<Record<string, { whenUnknown: 'on' }>>({ flags: new FlagStore(), features: {} })
    expect(() => switches.isOn('other')).toThrow('is not declared')
    expect(() => switches.isOn('toString')).toThrow('is not declared')
  })
})
