// Goal: the gate is told of this service what is true, and what is generated is up to date.
// Method: its configuration is parsed and compared with the variables, the generated files with the tree.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serviceConfigSchema, variableSchema } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import config from '../greengate.config.ts'
import { generatedFiles } from '../src/server/generated-files.ts'
import { variables } from '../src/server/variables.ts'

const text = (name: string): string => readFileSync(join(import.meta.dirname, '..', name), 'utf8')

describe('gate configuration', () => {
  it('is valid, and starts the service with declared variables alone', () => {
    const env = serviceConfigSchema.parse(config).start?.env ?? {}
    expect(Object.keys(env).filter((name) => !(name in variables))).toEqual([])
    const required = Object.entries(variables).filter(([, variable]) => 'required' in variable && variable.required)
    expect(required.map(([name]) => name).filter((name) => !(name in env))).toEqual([])
  })

  it("names a registry of the contract's shape", () => {
    const known = z.record(z.string(), variableSchema).parse(JSON.parse(text('env.registry.json')))
    expect(Object.keys(known).length).toBe(Object.keys(variables).length)
  })

  it('comes with generated files that are up to date', () => {
    const files = generatedFiles()
    expect(text('.env.example')).toBe(files['.env.example'])
    // Laid out like the rest of the tree afterwards.
    expect(JSON.parse(text('env.registry.json'))).toEqual(JSON.parse(files['env.registry.json'] ?? ''))
  })
})
