/** Goal: the gate is told of this service what is true. Method: its configuration is parsed and compared with the variables. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serviceConfigSchema, variableSchema } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import config from '../greengate.config.ts'
import { passedOn } from '../src/passed-on.ts'
import { targetOf } from '../src/routing.ts'
import { variables } from '../src/variables.ts'

describe('gate configuration', () => {
  it('is valid, and starts the service with declared variables alone', () => {
    const env = serviceConfigSchema.parse(config).start?.env ?? {}
    expect(Object.keys(env).filter((name) => !(name in variables))).toEqual([])
    const required = Object.entries(variables).filter(([, variable]) => 'required' in variable && variable.required)
    expect(required.map(([name]) => name).filter((name) => !(name in env))).toEqual([])
  })

  it("names a registry of the contract's shape", () => {
    const json: unknown = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'env.registry.json'), 'utf8'))
    expect(Object.keys(z.record(z.string(), variableSchema).parse(json)).length).toBe(Object.keys(variables).length)
  })

  it('describes what leads on as it is routed', () => {
    const found = passedOn.flatMap(({ path, methods }) =>
      methods.map((method) => targetOf(method, path.replaceAll(/\{\w+\}/g, 'sample')).backend),
    )
    expect(found).toEqual(passedOn.flatMap(({ backend, methods }) => methods.map(() => backend)))
  })
})
