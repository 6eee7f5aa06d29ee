import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { type Exchange, placeOf } from '../../lib-http/exchange.ts'
import { keptBody } from '../../lib-http/kept-body.ts'
import { bodyLeaks, headerLeaks, type Leak } from '../../lib-http/leaks.ts'
import { changeFirst, errorAnswers, type Survey, surveySchema } from '../../lib-http/survey.ts'

const observationSchema = z.strictObject({ survey: surveySchema })
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['client-errors', 'server-errors', 'headers'] as const
type Aspect = (typeof ASPECTS)[number]
/** Fewer error answers than this are no sample. */
const ANSWERS_MIN = 3

/** A page as a debugger writes it: its style sheet first, and the stack trace after more than an observation's head. */
const DEBUG_PAGE = `<html><head><style>${'pre { margin: 0; padding: 4px } '.repeat(100)}</style></head><body><pre>Error: boom
    at handler (/srv/app/server.js:10:3)</pre></body></html>`

const EXPECTED: Record<Leak['code'], string> = {
  'stack-trace': 'no stack trace and no class of an exception',
  sql: 'no statement and no message of the database',
  'file-path': 'no path of a file on the server',
  version: 'no version of a product',
  'internal-address': 'no address of a dependency',
}

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge({ survey }) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    const answers = errorAnswers(survey)
    const client = answers.filter((answer) => answer.status < 500)
    const server = answers.filter((answer) => answer.status >= 500)
    if (client.length >= ANSWERS_MIN) verdicts.pass('client-errors').pass('headers')
    else for (const aspect of ['client-errors', 'headers'] as const) tooFew(verdicts, aspect, survey, client.length)
    if (server.length > 0) verdicts.pass('server-errors')
    const blank = survey.blanks.find((entry) => entry.kind === 'dependency-refused')
    if (server.length === 0 && blank?.absent) verdicts.notApplicable('server-errors', blank.code)
    else if (server.length === 0) tooFew(verdicts, 'server-errors', survey, 0)
    for (const answer of answers) {
      for (const leak of bodyLeaks(answer.body, answer.path))
        report(verdicts, answer.status >= 500 ? 'server-errors' : 'client-errors', answer, leak)
      for (const leak of headerLeaks(answer.headers)) report(verdicts, 'headers', answer, leak)
    }
    return verdicts.done()
  },
  refutations: [
    plant(
      'node-stack',
      'client-errors',
      'stack-trace',
      'Error: boom\n    at handler (/srv/app/server.js:10:3)\n    at next (node:internal/process:1:2)',
    ),
    plant(
      'python-stack',
      'client-errors',
      'stack-trace',
      'Traceback (most recent call last):\n  File "main.py", line 3, in <module>',
    ),
    plant(
      'java-stack',
      'server-errors',
      'stack-trace',
      'java.lang.NullPointerException\n\tat com.acme.Main.run(Main.java:12)',
    ),
    {
      id: 'stack-after-a-long-head',
      breaks: 'client-errors',
      code: 'stack-trace',
      apply(o) {
        const survey = changeFirst(
          o.survey,
          (e) => e.status >= 400 && e.status < 500,
          (e) => ({ ...e, body: keptBody(DEBUG_PAGE, e.path) }),
        )
        return survey && { survey }
      },
    },
    plant('sql', 'server-errors', 'sql', 'error: SELECT id, name FROM items WHERE id = $1'),
    plant(
      'database-message',
      'client-errors',
      'sql',
      'duplicate key value violates unique constraint "items_name_key"',
    ),
    plant('path', 'client-errors', 'file-path', 'cannot read /home/deploy/app/config.json'),
    plant('version', 'client-errors', 'version', '<center>nginx/1.18.0</center>'),
    plant('address', 'server-errors', 'internal-address', 'connect ECONNREFUSED 10.0.3.7:5432'),
    {
      id: 'version-in-header',
      breaks: 'headers',
      code: 'version',
      apply(o) {
        const survey = changeFirst(
          o.survey,
          (e) => e.status >= 400,
          (e) => ({ ...e, headers: { ...e.headers, 'x-powered-by': 'PHP/8.1.2' } }),
        )
        return survey && { survey }
      },
    },
    {
      id: 'no-errors-seen',
      breaks: 'client-errors',
      code: 'too-few-errors',
      apply: (o) => ({ survey: { ...o.survey, exchanges: [] } }),
    },
  ],
})

function plant(id: string, breaks: Aspect, code: Leak['code'], message: string) {
  const server = breaks === 'server-errors'
  return {
    id,
    breaks,
    code,
    apply(o: Observation): Observation | null {
      const survey = changeFirst(
        o.survey,
        (e) => e.status >= (server ? 500 : 400) && (server || e.status < 500),
        (e) => ({ ...e, body: JSON.stringify({ error: { message } }) }),
      )
      return survey && { survey }
    },
  }
}

function report(verdicts: Verdicts<Aspect>, aspect: Aspect, answer: Exchange, leak: Leak): void {
  verdicts.fail(aspect, {
    code: leak.code,
    message: `An error answer (${answer.status}) shows internals of the service.`,
    where: placeOf(answer),
    expected: EXPECTED[leak.code],
    observed: leak.shown,
    fix: 'Answer with the code and the message of the registry, and write the cause into the log under the same correlation id.',
  })
}

function tooFew(verdicts: Verdicts<Aspect>, aspect: Aspect, survey: Survey, count: number): void {
  verdicts.inconclusive(aspect, {
    code: 'too-few-errors',
    message: 'Too few error answers were provoked to tell.',
    where: survey.baseline.path,
    expected:
      aspect === 'server-errors'
        ? 'at least one answer from 500 to 599 while a dependency is down'
        : `at least ${ANSWERS_MIN} error answers`,
    observed: `${count}; ${survey.exchanges
      .filter((e) => e.kind === 'dependency-refused')
      .map((e) => e.error || e.status)
      .join(', ')}`,
    fix: 'Declare requests, and the dependencies that they touch, in the configuration.',
  })
}
