import { z } from 'zod'

/**
 * `greengate.config.ts` and `greengate.yaml`: what Greengate can't find out by itself. It can add objects, never remove
 * them, and holds no parameter of a control: those live in the policy alone.
 *
 * Placeholders in `start` and `requests`: `{port}` `{host}` `{workdir}` (a folder of the instance's own, deleted with it)
 * `{secret:NAME}` (minted for this run, at least 40 characters, redacted everywhere) and for a dependency NAME
 * `{NAME.url}` `{NAME.host}` `{NAME.port}` `{NAME.user}` `{NAME.password}` `{NAME.database}`.
 */

const path = z.string().startsWith('/', 'must start with /')
const headers = z.record(z.string(), z.string())

export const requestSchema = z.strictObject({
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET').describe('HTTP method'),
  path: path.describe('Path with query; placeholders are filled in; {n} is a number that differs in every request'),
  headers: headers.default({}).describe('Headers to send'),
  body: z.json().optional().describe('JSON body; strings in it may hold placeholders and {n}'),
  as: z.string().default('').describe('Identity to send it as; empty: anonymous'),
  effect: z.enum(['read', 'write']).default('read').describe('Whether it changes data'),
  touches: z.array(z.string()).default([]).describe('Dependencies that it reaches; confirmed by what the proxies see'),
  expect: z.int().min(100).max(599).default(200).describe('Status it answers when all is well'),
})
export type RequestSpec = z.infer<typeof requestSchema>

export const variableSchema = z.strictObject({
  required: z.boolean().default(false).describe('Without it the service must refuse to start'),
  secret: z.boolean().default(false).describe('Never to be shown; weak values must be refused'),
  format: z
    .enum(['string', 'int', 'number', 'boolean', 'url', 'enum', 'duration', 'json', 'email', 'host', 'port'])
    .default('string')
    .describe('How the value is parsed'),
  min: z.number().optional().describe('Smallest number, or shortest string'),
  max: z.number().optional().describe('Largest number, or longest string'),
  values: z.array(z.string()).optional().describe('Allowed values of an enum'),
  supplier: z.string().default('').describe('Who supplies it: platform, vault, a third party'),
  reason: z.string().default('').describe('What it is for'),
  thirdParty: z.boolean().default(false).describe('A credential of a third party; malformed ones must be refused'),
  pattern: z.string().optional().describe('Regular expression of a well-formed value'),
})
export type VariableSpec = z.infer<typeof variableSchema>

export const dependencySchema = z.strictObject({
  kind: z
    .enum(['postgres', 'http', 'tcp'])
    .describe('What it is; postgres is started as a sandbox, http is a recorded stand-in'),
  required: z.boolean().default(true).describe('Whether the service may refuse to start without it'),
  sql: z.array(z.string()).default([]).describe('SQL files to run in a new database before the service starts'),
  answers: z
    .array(
      z.strictObject({
        path: z.string(),
        method: z.string().default('GET'),
        status: z.int().default(200),
        headers: headers.default({}),
        body: z.json().optional(),
      }),
    )
    .default([])
    .describe('Recorded answers of an http dependency'),
})
export type DependencySpec = z.infer<typeof dependencySchema>

const lockSourceSchema = z.strictObject({
  name: z.string().describe('What this source is: declared, env file, runtime'),
  variable: z.string().describe('Variable through which the service learns it'),
  kind: z
    .enum(['value', 'file'])
    .default('value')
    .describe('value: the variable holds the environment; file: it holds the path of a file'),
  content: z.string().default('{environment}').describe('Content of that file, with {environment} in it'),
})

/** How one thing that runs is started, spoken to and read: a service on its own, a component, or a whole system. */
const targetSchema = z.strictObject({
  start: z
    .strictObject({
      command: z.array(z.string()).min(1).describe('Program and arguments; no shell is involved'),
      cwd: z.string().default('.').describe('Folder to start it in, relative to the configuration'),
      env: z
        .record(z.string(), z.string())
        .default({})
        .describe('Its whole environment besides PATH, HOME, LANG and TZ'),
      files: z
        .record(z.string(), z.string())
        .default({})
        .describe('Files written into {workdir} before the start: name to content'),
      before: z
        .array(z.array(z.string()).min(1))
        .default([])
        .describe('Commands run once in a new sandbox before the first start: migrations, seeds'),
      ready: path.default('/').describe('Path that answers below 500 when the service is up'),
      readyTimeoutMs: z
        .int()
        .positive()
        .max(300_000)
        .default(60_000)
        .describe('How long a start may take; milliseconds'),
      stopTimeoutMs: z
        .int()
        .positive()
        .max(120_000)
        .default(10_000)
        .describe('Grace period between SIGTERM and SIGKILL; milliseconds'),
    })
    .optional()
    .describe('How the owner starts the service'),
  probes: z
    .strictObject({
      live: path.optional().describe('Liveness: the process lives'),
      ready: path.optional().describe('Readiness: it can serve'),
      metrics: path.optional().describe('Metrics in the Prometheus or OpenMetrics text format'),
      openapi: path.optional().describe('OpenAPI description'),
      headers: headers.default({}).describe('Headers that the probes need'),
    })
    .default({ headers: {} })
    .describe('Where the operational endpoints are; what is missing is looked for at the usual paths'),
  dependencies: z.record(z.string(), dependencySchema).default({}).describe('What the service depends on'),
  variables: z
    .union([z.string(), z.record(z.string(), variableSchema)])
    .default({})
    .describe('Registry of environment variables: inline, or a JSON file in the tree that holds one'),
  environmentLock: z
    .strictObject({
      environments: z.array(z.string()).min(2).describe('All environments there are'),
      sources: z.array(lockSourceSchema).min(2).describe('From where the service learns in which one it is'),
    })
    .optional()
    .describe('How the service knows its environment'),
  identities: z
    .record(z.string(), z.strictObject({ headers }))
    .default({})
    .describe('Identities that requests are sent as'),
  requests: z.record(z.string(), requestSchema).default({}).describe('Requests that checks may use'),
  seed: z.array(requestSchema).default([]).describe('Requests sent once to a new sandbox after the first start'),
  signIn: z
    .strictObject({
      method: z.enum(['POST', 'PUT']).default('POST'),
      path,
      headers: headers.default({}),
      body: z.json().describe('Body with {username} and {password} in it'),
      user: z
        .strictObject({ username: z.string(), password: z.string() })
        .optional()
        .describe('An account that exists in the sandbox'),
      failure: z.array(z.int()).default([400, 401, 403, 404, 409, 422]).describe('Statuses that mean refused'),
    })
    .optional()
    .describe('How one signs in with a password'),
  tree: z
    .strictObject({
      exclude: z.array(z.string()).default([]).describe('Paths that do not belong to the service, gitignore syntax'),
      lint: z.array(z.string()).optional().describe('Lint command'),
      types: z.array(z.string()).optional().describe('Type check command'),
      tests: z.array(z.string()).optional().describe('Test command'),
      lintReport: z.string().optional().describe('SARIF file the lint command writes'),
      testReport: z.string().optional().describe('JUnit file the test command writes'),
      coverageReport: z.string().optional().describe('lcov or Cobertura file the test command writes'),
      timeoutMs: z.int().positive().max(3_600_000).default(600_000).describe('Limit of each command; milliseconds'),
    })
    .default({ exclude: [], timeoutMs: 600_000 })
    .describe('The source tree and its own tools'),
})
export type ComponentConfig = z.infer<typeof targetSchema>

/** Name of a component: a target of its own in evidence and reports. */
const componentName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be lower case letters, digits and dashes')

export const serviceConfigSchema = z.strictObject({
  service: z.string().min(1).describe('Name of the service, or of the system that its components make up'),
  environment: z.string().default('sandbox').describe('Environment that this run is evidence about'),
  policy: z
    .string()
    .default('')
    .describe('Policy file, or the name of a built-in standard; empty: the baseline policy'),
  ...targetSchema.shape,
  components: z
    .record(componentName, targetSchema)
    .refine((components) => Object.keys(components).length > 0, 'must name at least one component')
    .optional()
    .describe(
      'The components of a system, each judged on its own; the keys beside it then say how the whole is started and reached at its edge. Paths are relative to this file',
    ),
  deploy: z
    .strictObject({
      command: z
        .array(z.string())
        .min(1)
        .describe('Program and arguments that deploy; started only after a green verdict verified'),
      credentials: z.array(z.string()).default([]).describe('Names of variables handed to it and to nothing else'),
      timeoutMs: z.int().positive().max(3_600_000).default(900_000).describe('Limit; milliseconds'),
    })
    .optional()
    .describe('The deploy adapter'),
})
export type ServiceConfig = z.infer<typeof serviceConfigSchema>
export type ServiceConfigInput = z.input<typeof serviceConfigSchema>

/** JSON Schema (draft 7) of a configuration as people write it: keys that have a default may be left out. */
export function serviceConfigJsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(serviceConfigSchema, { io: 'input', target: 'draft-7' })
}

/** Types a configuration written in TypeScript; returns it unchanged. */
export function defineConfig(config: ServiceConfigInput): ServiceConfigInput {
  return config
}
