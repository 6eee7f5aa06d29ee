import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { asStarted, bootRecordSchema, changeFirst, describeBoot, refusalProblem } from '../../lib-boot/boot-record.ts'

const attemptSchema = z.strictObject({
  user: z.string(),
  /** Where the candidate is from: `published list`, or a file and line. */
  source: z.string(),
  status: z.int(),
  location: z.string(),
})
const pathSchema = z.strictObject({
  method: z.string(),
  path: z.string(),
  status: z.int(),
  catchAll: z.boolean(),
  login: z.boolean(),
})
const observationSchema = z.strictObject({
  /** Null: no sign-in is declared. */
  signIn: z
    .strictObject({
      request: z.string(),
      /** A name and password made up on the spot: what refusal looks like. */
      control: z.strictObject({ status: z.int(), location: z.string() }),
      failure: z.array(z.int()),
      candidates: z.int().nonnegative(),
      attempts: z.array(attemptSchema),
    })
    .nullable(),
  signInObject: z.enum(['present', 'absent', 'unknown']),
  admin: z.array(pathSchema),
  registration: z.array(pathSchema),
  /** Null: no secret is declared. */
  examples: z
    .strictObject({
      baseline: bootRecordSchema,
      trials: z.array(bootRecordSchema.extend({ variable: z.string(), source: z.string() })),
    })
    .nullable(),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({
  /** Anybody may make an account: a decision of the policy, not of the service. */
  openRegistration: z.boolean(),
})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['default-accounts', 'open-admin', 'open-registration', 'example-secrets'] as const
type Aspect = (typeof ASPECTS)[number]
const ATTEMPTS_MIN = 10

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation, params) {
    const verdicts = new Verdicts(ASPECTS)
    judgeAccounts(verdicts, observation)
    judgePaths(verdicts, observation, params)
    judgeExamples(verdicts, observation)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'default-account',
      breaks: 'default-accounts',
      code: 'default-account',
      apply: (o) =>
        changeAttempts(o, (attempts) =>
          attempts.map((a, index) => (index === 0 ? { ...a, status: 200, location: '' } : a)),
        ),
    },
    {
      id: 'all-limited',
      breaks: 'default-accounts',
      code: 'too-few-tried',
      apply: (o) => changeAttempts(o, (attempts) => attempts.map((a) => ({ ...a, status: 429 }))),
    },
    { id: 'none-tried', breaks: 'default-accounts', code: 'too-few-tried', apply: (o) => changeAttempts(o, () => []) },
    { id: 'open-admin', breaks: 'open-admin', code: 'open-admin', apply: (o) => withPath(o, 'admin') },
    {
      id: 'admin-not-answered',
      breaks: 'open-admin',
      code: 'no-answers',
      apply: (o) => ({ ...o, admin: o.admin.map((path) => ({ ...path, status: 0 })) }),
    },
    {
      id: 'open-registration',
      breaks: 'open-registration',
      code: 'open-registration',
      apply: (o) => withPath(o, 'registration'),
    },
    {
      id: 'example-accepted',
      breaks: 'example-secrets',
      code: 'started-anyway',
      apply(o) {
        const trials = o.examples && changeFirst(o.examples.trials, (trial) => trial.outcome === 'exited', asStarted)
        return trials && o.examples ? { ...o, examples: { ...o.examples, trials } } : null
      },
    },
    {
      id: 'example-untried',
      breaks: 'example-secrets',
      code: 'no-secret-declared',
      apply: (o) => ({ ...o, examples: null }),
    },
  ],
})

function judgeAccounts(verdicts: Verdicts<Aspect>, { signIn, signInObject }: Observation): void {
  if (signIn === null) {
    if (signInObject === 'absent') verdicts.notApplicable('default-accounts', 'no-sign-in')
    else {
      verdicts.inconclusive('default-accounts', {
        code: 'sign-in-unknown',
        message: 'It is not declared how one signs in.',
        where: 'signIn',
        expected: 'a declared sign-in',
        observed: 'none',
        fix: `Add signIn: { path: '/login', body: { username: '{username}', password: '{password}' } }`,
      })
    }
    return
  }
  const where = signIn.request
  // 429 and no answer say nothing about the credential.
  const decided = signIn.attempts.filter(({ status }) => status > 0 && status !== 429 && status < 500)
  const refusedLooks = signIn.control.status
  if (refusedLooks === 0 || refusedLooks === 429 || (refusedLooks >= 200 && refusedLooks < 300)) {
    verdicts.inconclusive('default-accounts', {
      code: 'no-refusal-seen',
      message: 'Credentials made up on the spot were not refused, so that an accepted default could not be told.',
      where,
      expected: 'a refusal',
      observed: String(refusedLooks),
      fix: 'Correct `signIn`, or turn off registration at the sign-in.',
    })
    return
  }
  const accepted = decided.filter(
    ({ status, location }) =>
      status < 400 &&
      !signIn.failure.includes(status) &&
      (status !== refusedLooks || location !== signIn.control.location),
  )
  if (decided.length < Math.max(ATTEMPTS_MIN, signIn.candidates)) {
    verdicts.inconclusive('default-accounts', {
      code: 'too-few-tried',
      message: 'Not every known default credential got an answer.',
      where,
      expected: `answers to ${Math.max(ATTEMPTS_MIN, signIn.candidates)} candidates that are no 429`,
      observed: `${decided.length} of ${signIn.candidates}`,
      fix: 'Raise the sign-in limit in the sandbox, or see why the sign-in does not answer.',
    })
  } else verdicts.pass('default-accounts')
  for (const attempt of accepted) {
    verdicts.fail('default-accounts', {
      code: 'default-account',
      message: `On a new database ${attempt.user} can sign in with a password known from ${attempt.source}.`,
      where: `${where} as ${attempt.user}`,
      expected: `refused, as a made-up name is: ${refusedLooks}`,
      observed: String(attempt.status),
      fix: 'Create no account with a known password; take the first one from a secret that is required at start.',
    })
  }
}

function judgePaths(verdicts: Verdicts<Aspect>, observation: Observation, params: Params): void {
  const kinds = [
    {
      aspect: 'open-admin',
      paths: observation.admin,
      what: 'answers without authentication',
      fix: 'Ask for authentication and an administrator role on every admin route.',
    },
    {
      aspect: 'open-registration',
      paths: observation.registration,
      what: 'lets anybody make an account',
      fix: 'Turn anonymous registration off by default, or ask for an invitation. If anybody may register, say so in the policy: SEC-34 openRegistration.',
    },
  ] as const
  for (const { aspect, paths, what, fix } of kinds) {
    if (!paths.some((path) => path.status > 0)) {
      verdicts.inconclusive(aspect, {
        code: 'no-answers',
        message: 'No path was answered.',
        where: '/',
        expected: 'answers',
        observed: `${paths.length} asked`,
        fix: 'See why the service does not answer.',
      })
      continue
    }
    verdicts.pass(aspect)
    if (aspect === 'open-registration' && params.openRegistration) continue
    for (const path of paths) {
      if (path.status < 200 || path.status > 299 || path.catchAll || path.login) continue
      verdicts.fail(aspect, {
        code: aspect,
        message: `${path.method} ${path.path} ${what}.`,
        where: `${path.method} ${path.path}`,
        expected: '401, 403 or 404',
        observed: String(path.status),
        fix,
      })
    }
  }
}

function judgeExamples(verdicts: Verdicts<Aspect>, { examples }: Observation): void {
  if (examples === null || examples.trials.length === 0 || examples.baseline.outcome !== 'ready') {
    verdicts.inconclusive('example-secrets', {
      code: 'no-secret-declared',
      message: 'No secret is declared on which an example value could be tried.',
      where: 'variables',
      expected: 'secrets in the registry',
      observed: examples === null ? 'none' : describeBoot(examples.baseline),
      fix: 'Declare them: variables: { SESSION_SECRET: { required: true, secret: true, min: 32 } }',
    })
    return
  }
  verdicts.pass('example-secrets')
  for (const trial of examples.trials) {
    const problem = refusalProblem(trial)
    if (!problem) continue
    verdicts.fail('example-secrets', {
      ...problem,
      where: `${trial.variable} (${trial.source})`,
      expected: 'an exit code other than 0',
      fix: 'Refuse values from documentation and example files as secrets at start.',
    })
  }
}

function changeAttempts(
  observation: Observation,
  change: (attempts: z.infer<typeof attemptSchema>[]) => z.infer<typeof attemptSchema>[],
): Observation | null {
  const { signIn } = observation
  return signIn && signIn.attempts.length > 0
    ? { ...observation, signIn: { ...signIn, attempts: change(signIn.attempts) } }
    : null
}

function withPath(observation: Observation, key: 'admin' | 'registration'): Observation {
  return {
    ...observation,
    [key]: [...observation[key], { method: 'GET', path: '/planted', status: 200, catchAll: false, login: false }],
  }
}
