import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const readSchema = z.strictObject({ name: z.string(), where: z.string() })
const observationSchema = z.strictObject({
  /** Source files of the service that were read as syntax trees. */
  sources: z.int().min(0),
  notUnderstood: z.array(z.string()),
  registry: z.strictObject({
    where: z.string(),
    problem: z.string(),
    variables: z.array(
      z.strictObject({
        name: z.string(),
        supplier: z.string(),
        reason: z.string(),
        format: z.string(),
        secret: z.boolean(),
      }),
    ),
  }),
  /** Variables the service reads by name. */
  reads: z.array(readSchema),
  /** Names its loaders, scripts and tests mention or read. */
  mentioned: z.array(z.string()),
  /** The environment indexed by what is known only at run time; `registered`: the registry's own names are the keys. */
  dynamic: z.array(z.strictObject({ kind: z.enum(['keyed', 'whole']), where: z.string(), registered: z.boolean() })),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['declared', 'described', 'read'] as const

/** What the operating system, the runtime and their tools set and read; nobody supplies it to the service. */
const OF_THE_SYSTEM =
  /^(PATH|HOME|PWD|USER|SHELL|TERM|TZ|LANG|LC_\w+|TMPDIR|HOSTNAME|CI|NO_COLOR|FORCE_COLOR|DJANGO_SETTINGS_MODULE|FLASK_APP|DEV|PROD|MODE|SSR|BASE_URL|npm_\w+|VITEST\w*|JEST_\w+|NODE_(?:OPTIONS|TLS_REJECT_UNAUTHORIZED|EXTRA_CA_CERTS|DEBUG|PATH|V8_COVERAGE))$/
const READ_BY_LIBRARIES =
  /^(NODE_\w+|UV_\w+|PYTHON\w+|OTEL_\w+|AWS_\w+|PG[A-Z]+|HTTPS?_PROXY|NO_PROXY|SSL_CERT_\w+|DEBUG|GOOGLE_\w+|SENTRY_\w+)$/

export const judge = defineJudge<Observation, Params, (typeof ASPECTS)[number]>({
  version: 3,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts(ASPECTS)
    const { registry } = observation
    const names = new Set(registry.variables.map((variable) => variable.name))
    const read = new Map(
      observation.reads.filter((entry) => !OF_THE_SYSTEM.test(entry.name)).map((entry) => [entry.name, entry.where]),
    )
    if (observation.sources === 0 || registry.problem !== '') {
      for (const aspect of ASPECTS) {
        verdicts.inconclusive(aspect, {
          code: observation.sources === 0 ? 'no-source' : 'registry-unreadable', message: observation.sources === 0 ? 'The tree has no source of the service that can be read.' : 'The registry can not be read.',
          where: registry.where, expected: 'source and a registry', observed: registry.problem || 'no source files', fix: 'Run it where the source is, with a registry that is valid.',
        }) // prettier-ignore
      }
      return verdicts.done()
    }
    verdicts.pass('declared').pass('described').pass('read')
    for (const path of observation.notUnderstood) {
      for (const aspect of ['declared', 'read'] as const) {
        verdicts.inconclusive(aspect, {
          code: 'source-not-understood',
          message: `${path} can't be read as a syntax tree.`,
          where: path,
          expected: 'JavaScript, TypeScript or Python',
          observed: 'another language, or broken syntax',
          fix: 'Correct its syntax, or name it in `tree.exclude` if it is not the service.',
        })
      }
    }
    for (const [name, where] of read) {
      if (names.has(name)) continue
      verdicts.fail('declared', {
        code: 'undeclared-variable',
        message: `The code reads ${name}, which the registry does not declare.`,
        where: `${where} ${name}`,
        expected: `${name} in ${registry.where}`,
        observed: 'not declared',
        fix: 'Declare it with supplier, reason, format and whether it is secret.',
      })
    }
    for (const entry of observation.dynamic) {
      if (entry.registered) continue
      verdicts.inconclusive('declared', {
        code: 'dynamic-read',
        message: 'The environment is read by a name that only the running code knows.',
        where: entry.where,
        expected: 'literal names, or a loop over the registry',
        observed: entry.kind,
        fix: 'Read it by literal names in one module.',
      })
    }
    for (const variable of registry.variables) {
      const missing = [
        variable.supplier === '' ? 'supplier' : '',
        variable.reason === '' ? 'reason' : '',
        variable.format === '' ? 'format' : '',
      ].filter((part) => part !== '')
      if (missing.length > 0)
        verdicts.fail('described', {
          code: 'description-incomplete',
          message: `${variable.name} lacks: ${missing.join(', ')}.`,
          where: `${registry.where} ${variable.name}`,
          expected: 'supplier, reason, format, secret',
          observed: `no ${missing.join(', ')}`,
          fix: 'Say who supplies it and what it is for.',
        })
      if (
        read.has(variable.name) ||
        observation.mentioned.includes(variable.name) ||
        READ_BY_LIBRARIES.test(variable.name) ||
        OF_THE_SYSTEM.test(variable.name)
      )
        continue
      const isOpen = observation.dynamic.some((entry) => !entry.registered)
      verdicts[isOpen ? 'inconclusive' : 'fail']('read', {
        code: isOpen ? 'unread-perhaps' : 'unread-variable',
        message: isOpen
          ? `${variable.name} is declared, nothing reads it by name, and some code reads names that only it knows.`
          : `${variable.name} is declared and nothing reads it.`,
        where: `${registry.where} ${variable.name}`,
        expected: 'code that reads it',
        observed: 'none',
        fix: 'Remove it from the registry, or read it.',
      })
    }
    return verdicts.done()
  },
  refutations: [
    { id: 'undeclared', breaks: 'declared', code: 'undeclared-variable', apply: (o) => ({ ...o, reads: [...o.reads, { name: 'GREENGATE_UNDECLARED', where: 'a.ts:1' }] }) },
    { id: 'dynamic', breaks: 'declared', code: 'dynamic-read', apply: (o) => ({ ...o, dynamic: [...o.dynamic, { kind: 'keyed', where: 'a.ts:1', registered: false }] }) },
    { id: 'no-supplier', breaks: 'described', code: 'description-incomplete', apply: (o) => withVariables(o, o.registry.variables.map((variable) => ({ ...variable, supplier: '' }))) },
    { id: 'unread', breaks: 'read', code: 'unread-variable', apply: (o) => withVariables(o, [...o.registry.variables, { name: 'GREENGATE_UNREAD', supplier: 'a', reason: 'b', format: 'string', secret: false }]) },
    { id: 'no-source', breaks: 'read', code: 'no-source', apply: (o) => ({ ...o, sources: 0 }) },
  ], // prettier-ignore
})

function withVariables(observation: Observation, variables: Observation['registry']['variables']): Observation | null {
  return variables.length === 0 ? null : { ...observation, registry: { ...observation.registry, variables } }
}
