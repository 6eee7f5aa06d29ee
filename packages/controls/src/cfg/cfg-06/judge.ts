import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const observationSchema = z.strictObject({
  registry: z.strictObject({
    where: z.string(),
    problem: z.string(),
    variables: z.array(z.strictObject({ name: z.string(), required: z.boolean(), secret: z.boolean() })),
  }),
  files: z.array(
    z.strictObject({
      path: z.string(),
      entries: z.array(
        z.strictObject({
          name: z.string(),
          line: z.int(),
          described: z.boolean(),
          value: z.enum(['empty', 'placeholder', 'plain', 'real']),
        }),
      ),
    }),
  ),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['complete', 'described', 'no-real-value'] as const

export const judge = defineJudge<Observation, Params, (typeof ASPECTS)[number]>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge({ registry, files }) {
    const verdicts = new Verdicts(ASPECTS)
    const entries = files.flatMap((file) => file.entries.map((entry) => ({ ...entry, path: file.path })))
    const required = registry.variables.filter((variable) => variable.required)
    for (const entry of entries.filter((known) => known.value === 'real')) {
      verdicts.fail('no-real-value', {
        code: 'real-value', message: `${entry.name} has a value that may be real.`, where: `${entry.path}:${entry.line}`, expected: 'empty, or an obvious placeholder', observed: 'a value that looks real (not shown)', fix: 'Replace it by a placeholder; if it was real, revoke it.',
      }) // prettier-ignore
    }
    if (registry.problem !== '' || registry.variables.length === 0) {
      for (const aspect of ['complete', 'described'] as const) {
        verdicts.inconclusive(aspect, {
          code: 'no-registry', message: 'It is not known which variables are required.', where: registry.where, expected: 'a registry of variables', observed: registry.problem || 'none', fix: 'Declare them under `variables` in the configuration.',
        }) // prettier-ignore
      }
      if (entries.length > 0) verdicts.pass('no-real-value')
      return verdicts.done()
    }
    if (required.length === 0) {
      for (const aspect of ['complete', 'described'] as const) verdicts.notApplicable(aspect, 'nothing-required')
      if (entries.length > 0) verdicts.pass('no-real-value')
      else verdicts.notApplicable('no-real-value', 'nothing-required')
      return verdicts.done()
    }
    if (files.length === 0) {
      verdicts.fail('complete', {
        code: 'example-missing', message: `There is no example env file, and ${required.length} variables are required.`, where: '.env.example', expected: '.env.example', observed: 'none', fix: 'Commit one: each required variable with a comment and no real value.',
      }) // prettier-ignore
      return verdicts.done()
    }
    verdicts.pass('complete').pass('described').pass('no-real-value')
    for (const { name } of required) {
      const lines = entries.filter((entry) => entry.name === name)
      const path = files[0]?.path ?? ''
      if (lines.length === 0) {
        verdicts.fail('complete', {
          code: 'variable-missing',
          message: `${name} is required and stands in no example file.`,
          where: `${path} ${name}`,
          expected: `a line ${name}=`,
          observed: 'none',
          fix: `Add ${name}= with a comment above it.`,
        })
      } else if (!lines.some((entry) => entry.described)) {
        verdicts.fail('described', {
          code: 'description-missing',
          message: `${name} has no description.`,
          where: `${lines[0]?.path}:${lines[0]?.line}`,
          expected: 'a comment on the line or above it',
          observed: 'none',
          fix: 'Say in a comment what it is for and where its value comes from.',
        })
      }
    }
    return verdicts.done()
  },
  refutations: [
    { id: 'file-removed', breaks: 'complete', code: 'example-missing', apply: (o) => ({ ...o, files: [] }) },
    { id: 'line-removed', breaks: 'complete', code: 'variable-missing', apply: (o) => mapEntries(o, (entries) => entries.slice(1)) },
    { id: 'comment-removed', breaks: 'described', code: 'description-missing', apply: (o) => mapEntries(o, (entries) => entries.map((entry) => ({ ...entry, described: false }))) },
    { id: 'value-real', breaks: 'no-real-value', code: 'real-value', apply: (o) => mapEntries(o, (entries) => entries.map((entry) => ({ ...entry, value: 'real' }))) },
    { id: 'registry-unreadable', breaks: 'complete', code: 'no-registry', apply: (o) => ({ ...o, registry: { ...o.registry, problem: 'broken' } }) },
  ], // prettier-ignore
})

type Entries = Observation['files'][number]['entries']

function mapEntries(observation: Observation, change: (entries: Entries) => Entries): Observation | null {
  const required = new Set(
    observation.registry.variables.filter((variable) => variable.required).map((variable) => variable.name),
  )
  if (!observation.files.some((file) => file.entries.some((entry) => required.has(entry.name)))) return null
  return {
    ...observation,
    files: observation.files.map((file) => ({
      ...file,
      entries: change(file.entries.toSorted((a, b) => Number(required.has(b.name)) - Number(required.has(a.name)))),
    })),
  }
}
