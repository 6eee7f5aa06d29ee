import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'

const placeSchema = z.strictObject({ name: z.string(), where: z.string(), detail: z.string() })
const projectSchema = z.strictObject({
  ecosystem: z.string(),
  manifest: z.string(),
  /** Empty: none. */
  lock: z.string(),
  /** Why manifest or lock could not be understood; empty: both were. */
  problem: z.string(),
  /** Dependencies the manifest declares, and how many of them the lock holds with the same specification. */
  declared: z.int().min(0),
  agreeing: z.int().min(0),
  /** Packages the lock would install, and how many carry a hash. */
  entries: z.int().min(0),
  hashed: z.int().min(0),
  disagreements: z.array(placeSchema),
  unhashed: z.array(placeSchema),
})
const observationSchema = z.strictObject({
  projects: z.array(projectSchema),
  notUnderstood: z.array(z.strictObject({ ecosystem: z.string(), where: z.string() })),
  unreadable: z.array(z.string()),
})
export type Observation = z.infer<typeof observationSchema>
export type Project = z.infer<typeof projectSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['locked', 'agreeing', 'hashed'] as const

export const judge = defineJudge<Observation, Params, (typeof ASPECTS)[number]>({
  version: 1,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts(ASPECTS)
    if (observation.projects.length > 0) for (const aspect of ASPECTS) verdicts.pass(aspect)
    for (const { ecosystem, where } of observation.notUnderstood) {
      verdicts.inconclusive('locked', {
        code: 'ecosystem-not-understood', message: `${where} belongs to ${ecosystem}, whose locks are not understood yet.`, where,
        expected: 'an ecosystem whose lock can be read: npm, pnpm, yarn, pip, uv, poetry, pipenv', observed: ecosystem,
        fix: 'If it does not belong to the service, name it in `tree.exclude`; otherwise prove its pins by other means.',
      }) // prettier-ignore
    }
    for (const where of observation.unreadable) {
      verdicts.inconclusive('locked', {
        code: 'manifest-unreadable', message: `${where} could not be read.`, where, expected: 'a readable file', observed: 'unreadable', fix: 'Make it readable.',
      }) // prettier-ignore
    }
    for (const project of observation.projects) judgeProject(project, verdicts)
    return verdicts.done()
  },
  refutations: [
    change('lock-removed', 'locked', 'lock-missing', (project) =>
      project.declared > 0 ? { ...project, lock: '' } : null,
    ),
    change('lock-broken', 'locked', 'lock-not-understood', (project) => ({ ...project, problem: 'broken' })),
    change('dependency-not-in-lock', 'agreeing', 'lock-disagrees', (project) =>
      project.agreeing > 0
        ? {
            ...project,
            agreeing: project.agreeing - 1,
            disagreements: [{ name: 'left-out', where: project.manifest, detail: 'missing' }],
          }
        : null,
    ),
    change('count-short', 'agreeing', 'lock-disagrees', (project) =>
      project.agreeing > 0 ? { ...project, agreeing: project.agreeing - 1 } : null,
    ),
    change('hash-removed', 'hashed', 'hash-missing', (project) =>
      project.hashed > 0
        ? {
            ...project,
            hashed: project.hashed - 1,
            unhashed: [{ name: 'bare', where: project.lock, detail: 'no integrity' }],
          }
        : null,
    ),
    change('lock-empty', 'hashed', 'lock-empty', (project) =>
      project.declared > 0 ? { ...project, entries: 0, hashed: 0, unhashed: [] } : null,
    ),
  ],
})

function change(
  id: string,
  breaks: (typeof ASPECTS)[number],
  code: string,
  apply: (project: Project) => Project | null,
) {
  return {
    id, breaks, code,
    apply(observation: Observation): Observation | null {
      for (const [index, project] of observation.projects.entries()) {
        const changed = apply(project)
        if (changed) return { ...observation, projects: observation.projects.with(index, changed) }
      }
      return null
    },
  } // prettier-ignore
}

function judgeProject(project: Project, verdicts: Verdicts<(typeof ASPECTS)[number]>): void {
  if (project.problem !== '') {
    for (const aspect of ASPECTS) {
      verdicts.inconclusive(aspect, {
        code: 'lock-not-understood', message: `${project.lock || project.manifest} can't be understood: ${project.problem}.`, where: project.lock || project.manifest,
        expected: 'a manifest and a lock that can be read', observed: project.problem, fix: 'Write the lock again with its package manager.',
      }) // prettier-ignore
    }
    return
  }
  if (project.declared === 0 && project.entries === 0) return
  if (project.lock === '') {
    verdicts.fail('locked', {
      code: 'lock-missing', message: `${project.manifest} declares ${project.declared} dependencies and no lock holds them.`, where: project.manifest,
      expected: 'a lock in its folder or in that of its workspace', observed: 'none', fix: 'Write the lock with your package manager and commit it.',
    }) // prettier-ignore
    return
  }
  for (const entry of project.disagreements) {
    verdicts.fail('agreeing', {
      code: 'lock-disagrees', message: `${entry.name} is declared and the lock ${project.lock} does not hold it that way.`, where: `${entry.where} ${entry.name}`,
      expected: 'the declared specification in the lock', observed: entry.detail, fix: 'Write the lock again and commit it with the manifest.',
    }) // prettier-ignore
  }
  if (project.agreeing < project.declared && project.disagreements.length === 0) {
    verdicts.fail('agreeing', {
      code: 'lock-disagrees', message: `Only ${project.agreeing} of ${project.declared} declared dependencies are in the lock.`, where: project.manifest,
      expected: String(project.declared), observed: String(project.agreeing), fix: 'Write the lock again and commit it with the manifest.',
    }) // prettier-ignore
  }
  if (project.entries === 0 && project.declared > 0) {
    verdicts.fail('hashed', {
      code: 'lock-empty', message: `${project.lock} holds no package although ${project.declared} are declared.`, where: project.lock,
      expected: 'packages with hashes', observed: '0', fix: 'Write the lock again.',
    }) // prettier-ignore
  }
  for (const entry of project.unhashed) {
    verdicts.fail('hashed', {
      code: 'hash-missing', message: `${entry.name} has no hash, so that other code can arrive under its name.`, where: `${entry.where} ${entry.name}`,
      expected: 'an integrity hash (sha256 or better) and one exact version', observed: entry.detail || 'no hash',
      fix: 'Take it from a registry, and write the lock again with hashes.',
    }) // prettier-ignore
  }
  if (project.hashed < project.entries && project.unhashed.length === 0) {
    verdicts.fail('hashed', {
      code: 'hash-missing', message: `Only ${project.hashed} of ${project.entries} packages have a hash.`, where: project.lock,
      expected: String(project.entries), observed: String(project.hashed), fix: 'Write the lock again with hashes.',
    }) // prettier-ignore
  }
}
