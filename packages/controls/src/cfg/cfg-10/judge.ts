import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { bootRecordSchema } from '../../lib-boot/boot-record.ts'
import { developmentIn } from '../../lib-boot/development-command.ts'

const answerSchema = z.strictObject({
  request: z.string(),
  status: z.int(),
  /** The answer is that of any unknown path. */
  catchAll: z.boolean(),
  /** Runtime whose stack trace is in the body; empty: none. */
  stack: z.string(),
  /** Framework whose debug page the body says that it is; empty: none. */
  debugPage: z.string(),
  /** The body is a source map. */
  sourceMap: z.boolean(),
})
const observationSchema = z.strictObject({
  endpoints: z.array(answerSchema),
  errors: z.array(answerSchema),
  maps: z.array(answerSchema),
  /** The start command with package scripts resolved; empty: it could not be read. */
  command: z.string(),
  /** Switches in the registry that turn debugging on; null: there is no registry. */
  debugVariables: z.array(z.string()).nullable(),
  /** Starts with such a switch on; and what an instance that came up then showed. */
  debugStarts: z.array(bootRecordSchema.extend({ variable: z.string(), answers: z.array(answerSchema) })),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['debug-endpoints', 'stack-traces', 'source-maps', 'start-command', 'debug-variable'] as const
type Aspect = (typeof ASPECTS)[number]
/** An error answer that shows nothing yet. */
const SHOWN: z.infer<typeof answerSchema> = {
  request: 'GET /',
  status: 500,
  catchAll: false,
  stack: '',
  debugPage: '',
  sourceMap: false,
}

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts(ASPECTS)
    judgeAnswers(
      verdicts,
      'debug-endpoints',
      observation.endpoints,
      (a) => a.status >= 200 && a.status < 300 && !a.catchAll,
      'debug-endpoint',
      'Do not mount debug endpoints in production.',
    )
    judgeAnswers(
      verdicts,
      'stack-traces',
      observation.errors,
      (a) => a.stack !== '',
      'stack-trace-in-body',
      'Answer errors with a code and a request id; log the stack trace.',
    )
    judgeAnswers(
      verdicts,
      'stack-traces',
      observation.errors,
      (a) => a.debugPage !== '',
      'debug-page',
      "Switch the framework's debug mode off in production.",
    )
    judgeAnswers(
      verdicts,
      'source-maps',
      observation.maps,
      (a) => a.sourceMap,
      'source-map-public',
      'Upload source maps to the error tracker and do not serve them.',
    )
    const development = developmentIn(observation.command)
    if (observation.command === '') {
      verdicts.inconclusive('start-command', {
        code: 'command-not-readable',
        message: 'The start command could not be followed to what it starts.',
        where: 'start.command',
        expected: 'a command that can be read',
        observed: 'a package script without a tree',
        fix: 'Name the program itself in `start.command`, or run in the repository.',
      })
    } else if (development !== null) {
      verdicts.fail('start-command', {
        code: 'development-command',
        message: 'The service is started in development mode.',
        where: 'start.command',
        expected: 'the built program, without watcher and reloader',
        observed: development,
        fix: 'Start the built program.',
      })
    } else verdicts.pass('start-command')
    judgeSwitch(verdicts, observation)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'debug-page',
      breaks: 'debug-endpoints',
      code: 'debug-endpoint',
      apply: (o) => ({ ...o, endpoints: first(o.endpoints, { status: 200, catchAll: false }) }),
    },
    { id: 'no-answers', breaks: 'debug-endpoints', code: 'no-answers', apply: (o) => ({ ...o, endpoints: [] }) },
    {
      id: 'stack',
      breaks: 'stack-traces',
      code: 'stack-trace-in-body',
      apply: (o) => ({ ...o, errors: first(o.errors, { stack: 'JavaScript' }) }),
    },
    {
      id: 'debug-page-of-a-framework',
      breaks: 'stack-traces',
      code: 'debug-page',
      apply: (o) => ({ ...o, errors: first(o.errors, { debugPage: 'Django with DEBUG = True' }) }),
    },
    {
      id: 'map',
      breaks: 'source-maps',
      code: 'source-map-public',
      apply: (o) => ({ ...o, maps: first(o.maps, { status: 200, sourceMap: true }) }),
    },
    {
      id: 'nodemon',
      breaks: 'start-command',
      code: 'development-command',
      apply: (o) => ({ ...o, command: 'nodemon server.js' }),
    },
    {
      id: 'development-environment',
      breaks: 'start-command',
      code: 'development-command',
      apply: (o) => ({ ...o, command: 'bundle exec rails server -e development' }),
    },
    {
      id: 'bare-vite',
      breaks: 'start-command',
      code: 'development-command',
      apply: (o) => ({ ...o, command: 'npx vite --host' }),
    },
    {
      id: 'switch-works',
      breaks: 'debug-variable',
      code: 'debug-accepted',
      apply: (o) =>
        o.debugStarts.length > 0
          ? {
              ...o,
              debugStarts: o.debugStarts.map((s) => ({
                ...s,
                outcome: 'ready' as const,
                answers: [{ ...SHOWN, stack: 'JavaScript' }],
              })),
            }
          : null,
    },
    {
      id: 'switch-shows-debug-page',
      breaks: 'debug-variable',
      code: 'debug-accepted',
      apply: (o) =>
        o.debugStarts.length > 0
          ? {
              ...o,
              debugStarts: o.debugStarts.map((s) => ({
                ...s,
                outcome: 'ready' as const,
                answers: [{ ...SHOWN, debugPage: 'Werkzeug debugger' }],
              })),
            }
          : null,
    },
  ],
})

function judgeAnswers(
  verdicts: Verdicts<Aspect>,
  aspect: Aspect,
  answers: Observation['errors'],
  bad: (answer: Observation['errors'][number]) => boolean,
  code: string,
  fix: string,
): void {
  if (!answers.some((answer) => answer.status > 0)) {
    verdicts.inconclusive(aspect, {
      code: 'no-answers',
      message: 'Nothing was answered.',
      where: '/',
      expected: 'answers',
      observed: `${answers.length} asked`,
      fix: 'See why the service does not answer.',
    })
    return
  }
  verdicts.pass(aspect)
  for (const answer of answers.filter(bad)) {
    verdicts.fail(aspect, {
      code,
      message: `${answer.request} shows what belongs to development.`,
      where: answer.request,
      expected: 'no such answer in production',
      observed: [answer.status, answer.stack, answer.debugPage].filter((part) => part !== '').join(' '),
      fix,
    })
  }
}

function judgeSwitch(verdicts: Verdicts<Aspect>, { debugVariables, debugStarts }: Observation): void {
  if (debugVariables?.length === 0) {
    verdicts.notApplicable('debug-variable', 'no-debug-variable')
    return
  }
  if (debugVariables === null || debugStarts.length < debugVariables.length) {
    verdicts.inconclusive('debug-variable', {
      code: 'no-registry',
      message: 'It is not declared which variables the service reads.',
      where: 'variables',
      expected: 'a registry',
      observed: 'none',
      fix: "Declare them: variables: { DEBUG: { format: 'boolean' } }",
    })
    return
  }
  verdicts.pass('debug-variable')
  for (const start of debugStarts) {
    if (start.outcome === 'exited' && start.code !== 0) continue
    const effect = start.answers.find((answer) => answer.stack !== '' || answer.debugPage !== '')
    if (start.outcome === 'ready' && start.answers.length > 0 && !effect) continue
    verdicts.fail('debug-variable', {
      code: 'debug-accepted',
      message: `${start.variable} can be turned on in production.`,
      where: start.variable,
      expected: 'refused at start, or without effect',
      observed: effect
        ? `${effect.request}: ${effect.stack === '' ? effect.debugPage : `${effect.stack} stack trace`}`
        : start.outcome,
      fix: 'Refuse to start with a debug switch on in production.',
    })
  }
}

function first(answers: Observation['errors'], change: Partial<Observation['errors'][number]>): Observation['errors'] {
  return answers.map((answer, index) => (index === 0 ? { ...answer, ...change } : answer))
}
