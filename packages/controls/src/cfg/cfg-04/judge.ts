import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { judgeTrials, trialRefutations, trialsSchema, unnamed } from '../../lib-boot/trials.ts'

const observationSchema = trialsSchema.extend({
  /** Env files of every environment but local; null: there is no tree in this run. */
  envFiles: z
    .strictObject({
      files: z.array(z.string()),
      assignments: z.int().nonnegative(),
      placeholders: z.array(
        z.strictObject({ file: z.string(), line: z.int(), variable: z.string(), kind: z.string() }),
      ),
      /** Files that could not be read. */
      unreadable: z.array(z.string()),
      /** Files in the whole tree: the denominator of the search. */
      treeFiles: z.int().nonnegative(),
    })
    .nullable(),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['refused', 'named', 'env-files'] as const

export const judge = defineJudge<Observation, Params, (typeof ASPECTS)[number]>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts(ASPECTS)
    judgeTrials(verdicts, { refused: 'refused', named: 'named' }, observation, {
      expected: 'an exit code other than 0 before the port is opened',
      fix: 'Refuse placeholders, repeated and low-entropy values at start, with a message that names the variable.',
    })
    const { envFiles } = observation
    if (envFiles === null || envFiles.treeFiles === 0 || envFiles.unreadable.length > 0) {
      return verdicts
        .inconclusive('env-files', {
          code: 'env-files-not-read',
          message: 'Not every env file could be looked at.',
          where: envFiles?.unreadable[0] ?? 'tree',
          expected: 'a source tree whose env files can be read',
          observed:
            envFiles === null
              ? 'no source tree in this run'
              : `${envFiles.unreadable.length} unreadable, ${envFiles.treeFiles} files in the tree`,
          fix: 'Run `greengate check` in the repository, and make the files readable.',
        })
        .done()
    }
    verdicts.pass('env-files')
    for (const found of envFiles.placeholders) {
      verdicts.fail('env-files', {
        code: 'placeholder-in-env-file',
        message: `${found.variable} holds a placeholder (${found.kind}).`,
        where: `${found.file}:${found.line}`,
        expected: 'real values, or no line at all where a vault supplies the value',
        observed: `${found.variable}=<${found.kind}>`,
        fix: 'Remove the line and let the platform or the vault supply the value.',
      })
    }
    return verdicts.done()
  },
  refutations: [
    { id: 'none-named', breaks: 'named', code: 'variable-not-named', apply: (o) => withTrials(o, unnamed(o)) },
    ...trialRefutations.map((refutation) => ({
      id: refutation.id,
      code: refutation.code,
      breaks: 'refused' as const,
      apply: (o: Observation) => withTrials(o, refutation.apply(o)),
    })),
    {
      id: 'placeholder-in-env-file',
      breaks: 'env-files',
      code: 'placeholder-in-env-file',
      apply: (o) =>
        o.envFiles && {
          ...o,
          envFiles: {
            ...o.envFiles,
            placeholders: [{ file: '.env.production', line: 1, variable: 'API_TOKEN', kind: 'changeme' }],
          },
        },
    },
    { id: 'no-tree', breaks: 'env-files', code: 'env-files-not-read', apply: (o) => ({ ...o, envFiles: null }) },
  ],
})

function withTrials(observation: Observation, trials: Pick<Observation, 'trials'> | null): Observation | null {
  return trials && { ...observation, trials: trials.trials }
}
