import type { Json } from '@greengate/contracts'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formatsPlugin from 'ajv-formats'
import { fromOlderSchema, fromOlderSchemas } from './older-schema.ts'
import { isNode, specVersion } from './openapi.ts'

const ERRORS_MAX = 5

/**
 * Holds values against schemas of one description: those of 3.1 are JSON Schema 2020-12, older ones a dialect of draft 5 that
 * is converted first.
 */
export class BodySchemas {
  readonly #ajv: Ajv
  readonly #older: boolean
  readonly #shared: Record<string, Json>
  readonly #compiled = new Map<string, ReturnType<Ajv['compile']> | null>()

  constructor(doc: { readonly [key: string]: Json }) {
    const options = { strict: false, allErrors: true, validateFormats: true, logger: false } as const
    this.#older = !/^3\.[12]/.test(specVersion(doc))
    this.#ajv = this.#older ? new Ajv(options) : (new Ajv2020(options) as unknown as Ajv)
    // The CommonJS build types its default export as a namespace under NodeNext.
    ;(formatsPlugin as unknown as (ajv: Ajv) => void)(this.#ajv)
    this.#shared = Object.fromEntries(
      ['components', 'definitions', 'parameters', 'responses'].flatMap((name) =>
        doc[name] === undefined ? [] : [[name, this.#older ? fromOlderHolder(name, doc[name]) : doc[name]]],
      ),
    )
  }

  /** What is wrong with the value, at most five entries; null: the schema itself can't be read. */
  errors(schema: Json, value: unknown): string[] | null {
    const key = JSON.stringify(schema)
    let validate = this.#compiled.get(key)
    if (validate === undefined) {
      try {
        const own = this.#older ? fromOlderSchema(schema) : schema
        validate = this.#ajv.compile({ ...this.#shared, ...(isNode(own) ? own : {}) })
      } catch {
        validate = null
      }
      this.#compiled.set(key, validate)
    }
    if (!validate) return null
    if (validate(value)) return []
    return (validate.errors ?? [])
      .slice(0, ERRORS_MAX)
      .map((error) => `${error.instancePath || '/'} ${error.message ?? 'is wrong'}`)
  }
}

/** What schemas are kept in of a description: `components` with others beside them, `definitions` alone. */
function fromOlderHolder(name: string, holder: Json): Json {
  if (name === 'definitions') return fromOlderSchemas(holder)
  return isNode(holder) && holder['schemas'] !== undefined
    ? { ...holder, schemas: fromOlderSchemas(holder['schemas']) }
    : holder
}
