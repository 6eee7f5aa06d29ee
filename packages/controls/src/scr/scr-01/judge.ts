import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const hitSchema = z.strictObject({
  where: z.string(),
  rule: z.string(),
  /** Digest keyed for this run: equal secrets can be told. */ keyed: z.string(),
})
const observationSchema = z.strictObject({
  /** A key minted for this run was found by the same scanner in the same way. */
  canaryFound: z.boolean(),
  tree: z.strictObject({
    files: z.int().min(0),
    scanned: z.int().min(0),
    binary: z.int().min(0),
    unread: z.array(z.strictObject({ where: z.string(), reason: z.string() })),
    hits: z.array(hitSchema),
  }),
  history: z.strictObject({
    state: z.enum(['read', 'no-git', 'shallow', 'failed']),
    reason: z.string(),
    commits: z.int().min(0),
    commitsRead: z.int().min(0),
    hits: z.array(hitSchema),
  }),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>
const ASPECTS = ['tree', 'history'] as const
type Aspect = (typeof ASPECTS)[number]

export const judge = defineJudge<Observation, Params, Aspect>({
  version: 2,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge({ canaryFound, tree, history }) {
    const verdicts = new Verdicts(ASPECTS)
    const unsure = (aspect: Aspect, code: string, where: string, observed: string): void => {
      verdicts.inconclusive(aspect, {
        code,
        message: `Not everything could be searched: ${observed}.`,
        where,
        expected: 'all of it searched',
        observed,
        fix: 'Make it readable, or name in `tree.exclude` what does not belong to the service.',
      })
    }
    const accuse = (aspect: Aspect, hit: z.infer<typeof hitSchema>): void => {
      verdicts.fail(aspect, {
        code: aspect === 'tree' ? 'secret-in-tree' : 'secret-in-history', message: `A secret (${hit.rule}) stands at ${hit.where}.`, where: hit.where,
        expected: 'no secret', observed: `${hit.rule}, keyed digest ${hit.keyed}`, fix: 'Revoke it now, then remove it and supply it from outside.',
      }) // prettier-ignore
    }
    if (!canaryFound)
      for (const aspect of ASPECTS)
        unsure(aspect, 'scanner-blind', '', 'the scanner did not find the key planted for it')
    if (tree.scanned > 0 && tree.scanned + tree.binary + tree.unread.length >= tree.files) verdicts.pass('tree')
    else unsure('tree', 'nothing-scanned', '', `${tree.scanned} of ${tree.files} files`)
    for (const entry of tree.unread) unsure('tree', 'file-unread', entry.where, entry.reason)
    for (const hit of tree.hits) accuse('tree', hit)
    if (history.state === 'no-git') verdicts.notApplicable('history', 'no-git')
    else if (history.state === 'read' && history.commits > 0 && history.commitsRead >= history.commits)
      verdicts.pass('history')
    else
      unsure(
        'history',
        history.state === 'shallow' ? 'history-shallow' : 'history-unread',
        '',
        history.reason || `${history.commitsRead} of ${history.commits} commits`,
      )
    for (const hit of history.hits) accuse('history', hit)
    return verdicts.done()
  },
  refutations: [
    { id: 'secret-in-tree', breaks: 'tree', code: 'secret-in-tree', apply: (o) => ({ ...o, tree: { ...o.tree, hits: [{ where: 'a.ts:1', rule: 'canary', keyed: '00' }] } }) },
    { id: 'secret-in-history', breaks: 'history', code: 'secret-in-history', apply: (o) => ({ ...o, history: { ...o.history, hits: [{ where: 'abc a.ts', rule: 'canary', keyed: '00' }] } }) },
    { id: 'blind', breaks: 'tree', code: 'scanner-blind', apply: (o) => ({ ...o, canaryFound: false }) },
    { id: 'file-unread', breaks: 'tree', code: 'file-unread', apply: (o) => ({ ...o, tree: { ...o.tree, unread: [{ where: 'x', reason: 'EACCES' }] } }) },
    { id: 'shallow', breaks: 'history', code: 'history-shallow', apply: (o) => (o.history.state === 'read' ? { ...o, history: { ...o.history, state: 'shallow' } } : null) },
    { id: 'commits-left-out', breaks: 'history', code: 'history-unread', apply: (o) => (o.history.commitsRead > 0 ? { ...o, history: { ...o.history, commitsRead: o.history.commitsRead - 1 } } : null) },
  ], // prettier-ignore
})
