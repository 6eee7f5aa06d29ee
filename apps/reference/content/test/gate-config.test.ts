/** Goal: the gate starts the service as it is. Method: its configuration is compared with the registry of variables. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serviceConfigSchema, variableSchema } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import config from '../greengate.config.ts'
import { variables } from '../src/variables.ts'

describe('gate configuration', () => {
  it('is valid, and starts the service with declared variables alone', () => {
    const parsed = serviceConfigSchema.parse(config)
    const given = Object.keys(parsed.start?.env ?? {})
    expect(given.filter((name) => !(name in variables))).toEqual([])
    const required = Object.entries(variables).filter(([, variable]) => 'required' in variable)
    expect(required.map(([name]) => name).filter((name) => !given.includes(name))).toEqual([])
  })
  it("names a registry of the contract's shape", () => {
    const json: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'env.registry.json'), 'utf8'))
    expect(Object.keys(z.record(z.string(), variableSchema).parse(json)).length).toBe(Object.keys(variables).length)
  })
})
