import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { commandValves, settingValve } from '../../lib/valves.ts'

const observationSchema = z.strictObject({
  pipelines: z.array(z.string()),
  unknown: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  commandsSeen: z.int().min(0),
  /** Commands and settings in which a valve may stand, as written. */
  commands: z.array(
    z.strictObject({
      where: z.string(),
      text: z.string(),
      /** Whether a pipe there fails if its first part does. */
      pipefail: z.boolean(),
    }),
  ),
  settings: z.array(z.strictObject({ where: z.string(), key: z.string(), value: z.string() })),
  testFiles: z.int().min(0),
  testsUnread: z.array(z.string()),
  testValves: z.array(
    z.strictObject({ where: z.string(), code: z.enum(['test-focused', 'test-skipped']), text: z.string() }),
  ),
  /** The pipeline's test command with failing tests planted beside the existing ones; `file` names them all. */
  planted: z.strictObject({
    command: z.string(),
    /** Why it was not run; empty: it was. */
    reason: z.string(),
    file: z.string(),
    exit: z.int().nullable(),
    /** The output names one of the planted tests. */
    named: z.boolean(),
    timedOut: z.boolean(),
  }),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['commands', 'settings', 'tests', 'planted'] as const
type Aspect = (typeof ASPECTS)[number]

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 3,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts(ASPECTS)
    judgePipelines(observation, verdicts)
    for (const valve of observation.testValves) {
      verdicts.fail('tests', {
        code: valve.code,
        message: `A test is ${valve.code === 'test-focused' ? 'focused, so that others do not run' : 'skipped without a condition'}.`,
        where: valve.where,
        expected: 'a test that runs with all others',
        observed: valve.text,
        fix: 'Remove the mark, or the test; name a condition if it can not run everywhere.',
      })
    }
    for (const where of observation.testsUnread)
      verdicts.inconclusive('tests', {
        code: 'test-unread',
        message: `${where} can't be read as a syntax tree.`,
        where,
        expected: 'readable source',
        observed: 'unreadable',
        fix: 'Correct its syntax.',
      })
    if (observation.testFiles > 0) verdicts.pass('tests')
    else
      verdicts.inconclusive('tests', {
        code: 'no-tests',
        message: 'No test file was found.',
        where: '',
        expected: 'test files',
        observed: '0',
        fix: 'Write tests, named as your runner expects.',
      })
    judgePlanted(observation.planted, verdicts)
    return verdicts.done()
  },
  refutations: [
    { id: 'or-true', breaks: 'commands', code: 'exit-code-ignored', apply: (o) => ({ ...o, commands: [...o.commands, { where: 'ci.yml:1', text: 'npm test || true', pipefail: true }] }) },
    { id: 'scanner-or-true', breaks: 'commands', code: 'exit-code-ignored', apply: (o) => ({ ...o, commands: [...o.commands, { where: 'ci.yml:1', text: 'bandit -r app || true', pipefail: true }] }) },
    { id: 'set-plus-e', breaks: 'commands', code: 'errors-switched-off', apply: (o) => ({ ...o, commands: [...o.commands, { where: 'ci.yml:1', text: 'set +e', pipefail: true }] }) },
    { id: 'pass-with-no-tests', breaks: 'commands', code: 'pass-with-no-tests', apply: (o) => ({ ...o, commands: [...o.commands, { where: 'ci.yml:1', text: 'vitest run --passWithNoTests', pipefail: true }] }) },
    { id: 'continue-on-error', breaks: 'settings', code: 'failure-allowed', apply: (o) => ({ ...o, settings: [...o.settings, { where: 'ci.yml:1', key: 'continue-on-error', value: 'true' }] }) },
    { id: 'no-pipeline', breaks: 'settings', code: 'no-pipeline', apply: (o) => ({ ...o, pipelines: [] }) },
    { id: 'focused', breaks: 'tests', code: 'test-focused', apply: (o) => ({ ...o, testValves: [{ where: 'a.test.ts:1', code: 'test-focused', text: 'it.only' }] }) },
    { id: 'planted-ignored', breaks: 'planted', code: 'planted-failure-ignored', apply: (o) => withPlanted(o, { exit: 0, named: true }) },
    { id: 'failed-for-another-reason', breaks: 'planted', code: 'failure-not-the-planted-one', apply: (o) => withPlanted(o, { exit: 1, named: false }) },
    { id: 'plant-never-ran', breaks: 'planted', code: 'plant-not-run', apply: (o) => withPlanted(o, { exit: 0, named: false }) },
  ], // prettier-ignore
})

function withPlanted(observation: Observation, change: Partial<Observation['planted']>): Observation | null {
  return observation.planted.reason === '' ? { ...observation, planted: { ...observation.planted, ...change } } : null
}

const MESSAGES: Readonly<Record<string, (text: string) => string>> = {
  'tests-deselected': (text) => `\`${text}\` leaves tests out that exist.`,
  'pass-with-no-tests': (text) => `\`${text}\` succeeds without a single test.`,
}

function judgePipelines(observation: Observation, verdicts: Verdicts<Aspect>): void {
  for (const { where, text, pipefail } of observation.commands) {
    for (const code of commandValves(text, pipefail)) {
      verdicts.fail('commands', {
        code,
        message: MESSAGES[code]?.(text) ?? `\`${text}\` succeeds although what it runs failed.`,
        where,
        expected: 'the exit code of the check decides',
        observed: text,
        fix: 'Remove the valve and mend what it hides.',
      })
    }
  }
  for (const { where, key, value } of observation.settings) {
    const code = settingValve(key, value)
    if (code === null) continue
    const input = {
      code,
      message:
        code === 'check-never-runs'
          ? 'A step or job that checks the service is switched off.'
          : code === 'failure-allowed' || code === 'conditional'
            ? `\`${key}: ${value}\` lets the pipeline go on after a failure.`
            : `\`${key}: ${value}\` lets the tests succeed without running all of them.`,
      where,
      expected: 'a failure stops the pipeline',
      observed: `${key}: ${value}`,
      fix: 'Remove the setting and mend what it hides.',
    }
    if (code === 'conditional') verdicts.inconclusive('settings', input)
    else verdicts.fail('settings', input)
  }
  for (const { path, reason } of observation.unknown) {
    for (const aspect of ['commands', 'settings'] as const)
      verdicts.inconclusive(aspect, {
        code: 'pipeline-not-understood',
        message: `${path} can't be read: ${reason}.`,
        where: path,
        expected: 'a pipeline that is understood',
        observed: reason,
        fix: 'Correct it, or show by other means that it has no valves.',
      })
  }
  if (observation.pipelines.length > 0 && observation.commandsSeen > 0) {
    verdicts.pass('commands').pass('settings')
    return
  }
  for (const aspect of ['commands', 'settings'] as const)
    verdicts.inconclusive(aspect, {
      code: 'no-pipeline',
      message: 'No pipeline was found in the tree.',
      where: '',
      expected: 'a CI workflow',
      observed: `${observation.pipelines.length} pipelines, ${observation.commandsSeen} commands`,
      fix: 'Commit the pipeline that guards the main branch.',
    })
}

function judgePlanted(planted: Observation['planted'], verdicts: Verdicts<Aspect>): void {
  const unsure = (code: string, observed: string, fix: string): void => {
    verdicts.inconclusive('planted', {
      code,
      message: 'It is not shown that a failing test fails the pipeline.',
      where: planted.command,
      expected: 'the test command fails and names the planted test',
      observed,
      fix,
    })
  }
  if (planted.reason !== '')
    unsure('not-planted', planted.reason, 'Name the test command in `tree.tests`, and install what it needs.')
  else if (planted.timedOut) unsure('timed-out', 'the test command did not end in time', 'Raise `tree.timeoutMs`.')
  else if (planted.exit === 0 && planted.named) {
    verdicts.fail('planted', {
      code: 'planted-failure-ignored',
      message: `\`${planted.command}\` ran a failing test and succeeded.`,
      where: planted.command,
      expected: 'an exit code other than 0',
      observed: '0',
      fix: 'Let the exit code of the runner decide.',
    })
  } else if (planted.exit === 0)
    unsure(
      'plant-not-run',
      `exit 0, and ${planted.file} is not named`,
      'See that the command runs every test file of the folder.',
    )
  else if (planted.exit !== null && planted.named) verdicts.pass('planted')
  else
    unsure(
      'failure-not-the-planted-one',
      `exit ${planted.exit}, and the planted test is not named`,
      'Make the test command pass on the unchanged tree first.',
    )
}
