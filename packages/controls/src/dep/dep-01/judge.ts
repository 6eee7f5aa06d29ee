import { DEPLOY_ATTEMPTS, defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const attemptSchema = z.strictObject({
  kind: z.enum(DEPLOY_ATTEMPTS),
  exit: z.int().nullable(),
  adapterStarted: z.boolean(),
  credentialSeen: z.boolean(),
  message: z.string(),
})
const observationSchema = z.strictObject({
  attempts: z.array(attemptSchema),
  /** Commands of pipelines that deploy; `gated` ones wait, in the same step, until `greengate authorize` agreed. */
  steps: z.array(z.strictObject({ where: z.string(), command: z.string(), gated: z.boolean() })),
  /** Pipeline files that were read, and those that could not be understood. */
  pipelines: z.array(z.string()),
  notUnderstood: z.array(z.string()),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['refusals', 'green-deploys', 'pipeline'] as const
type Aspect = (typeof ASPECTS)[number]

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts<Aspect>(ASPECTS)
    judgeAttempts(observation, verdicts)
    judgePipeline(observation, verdicts)
    return verdicts.done()
  },
  refutations: [
    {
      id: 'credential-leaked',
      breaks: 'refusals',
      code: 'credential-without-green',
      apply: (observation) => changeAttempt(observation, 'red', { credentialSeen: true }),
    },
    ...DEPLOY_ATTEMPTS.filter((kind) => kind !== 'green').map((kind) => ({
      id: `${kind}-deployed`,
      breaks: 'refusals' as const,
      code: 'deployed-without-green',
      apply: (observation: Observation) => changeAttempt(observation, kind, { adapterStarted: true, exit: 0 }),
    })),
    {
      id: 'attempt-left-out',
      breaks: 'refusals',
      code: 'attempt-missing',
      apply: (observation) => ({
        ...observation,
        attempts: observation.attempts.filter((attempt) => attempt.kind !== 'altered'),
      }),
    },
    {
      id: 'green-refused',
      breaks: 'green-deploys',
      code: 'green-was-refused',
      apply: (observation) => changeAttempt(observation, 'green', { adapterStarted: false, exit: 1 }),
    },
    {
      id: 'side-door',
      breaks: 'pipeline',
      code: 'deploy-step-without-gate',
      apply: (observation) => ({
        ...observation,
        steps: [...observation.steps, { where: 'deploy.yml:1', command: 'kubectl apply -f .', gated: false }],
      }),
    },
  ],
})

function judgeAttempts(observation: Observation, verdicts: Verdicts<Aspect>): void {
  for (const kind of DEPLOY_ATTEMPTS) {
    const attempt = observation.attempts.find((candidate) => candidate.kind === kind)
    const aspect = kind === 'green' ? 'green-deploys' : 'refusals'
    if (!attempt) {
      verdicts.inconclusive(aspect, {
        code: 'attempt-missing',
        message: `A deploy with ${kind} evidence was not tried.`,
        where: kind,
        expected: 'one attempt for every state of evidence',
        observed: 'none',
        fix: 'Run the check again; it tries all of them.',
      })
    } else if (kind === 'green') judgeGreen(attempt, verdicts)
    else judgeRefusal(attempt, verdicts)
  }
}

function judgeGreen(attempt: Observation['attempts'][number], verdicts: Verdicts<Aspect>): void {
  if (attempt.adapterStarted && attempt.credentialSeen && attempt.exit === 0) verdicts.pass('green-deploys')
  else {
    verdicts.fail('green-deploys', {
      code: 'green-was-refused',
      message: 'A deploy with green evidence did not happen: refusing everything proves nothing.',
      where: 'green',
      expected: 'the adapter started with its credential, exit 0',
      observed: `started: ${attempt.adapterStarted}, credential: ${attempt.credentialSeen}, exit ${attempt.exit}; ${attempt.message}`,
      fix: 'See the message of the deploy command.',
    })
  }
}

function judgeRefusal(attempt: Observation['attempts'][number], verdicts: Verdicts<Aspect>): void {
  const problem = (code: string, message: string): void => {
    verdicts.fail('refusals', {
      code,
      message,
      where: attempt.kind,
      expected: 'exit 1 without the adapter having been started or the credential handed out',
      observed: `started: ${attempt.adapterStarted}, credential: ${attempt.credentialSeen}, exit ${attempt.exit}; ${attempt.message}`,
      fix: 'Deploy through `greengate deploy` alone; it starts the adapter after the verdict verified, and not before.',
    })
  }
  if (attempt.adapterStarted) problem('deployed-without-green', `It deployed with ${attempt.kind} evidence.`)
  else if (attempt.credentialSeen)
    problem('credential-without-green', `The credential was handed out with ${attempt.kind} evidence.`)
  else if (attempt.exit !== 1)
    problem('refusal-unclear', `With ${attempt.kind} evidence it ended with ${attempt.exit} instead of a refusal.`)
  else verdicts.pass('refusals')
}

function judgePipeline(observation: Observation, verdicts: Verdicts<Aspect>): void {
  for (const file of observation.notUnderstood) {
    verdicts.inconclusive('pipeline', {
      code: 'pipeline-not-understood',
      message: `${file} could not be read as a pipeline.`,
      where: file,
      expected: 'a pipeline whose steps can be listed',
      observed: 'a file that does not parse',
      fix: 'Correct its syntax.',
    })
  }
  for (const step of observation.steps.filter((candidate) => !candidate.gated)) {
    verdicts.fail('pipeline', {
      code: 'deploy-step-without-gate',
      message: 'This step deploys and nothing has to be green for it.',
      where: step.where,
      expected: 'the deploy command behind `greengate deploy`, or after `greengate authorize` in the same step',
      observed: step.command,
      fix: 'Move the command into `deploy.command` and call `greengate deploy` here.',
    })
  }
  // The attempts carry the proof; a tree in which nothing deploys has no side door.
  verdicts.pass('pipeline')
}

function changeAttempt(
  observation: Observation,
  kind: string,
  change: Partial<Observation['attempts'][number]>,
): Observation | null {
  if (!observation.attempts.some((attempt) => attempt.kind === kind)) return null
  return {
    ...observation,
    attempts: observation.attempts.map((attempt) => (attempt.kind === kind ? { ...attempt, ...change } : attempt)),
  }
}
