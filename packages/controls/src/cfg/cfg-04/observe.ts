import { type CheckContext, defineCheck, needTestbed, type TreePort, type VariableSpec } from '@greengate/contracts'
import { baselineBoot, patienceMs } from '../../lib-boot/boots.ts'
import {
  PLACEHOLDER_KINDS,
  placeholderKindOf,
  placeholderValue,
  SECRET_ONLY_KINDS,
} from '../../lib-boot/placeholders.ts'
import { type PlannedTrial, runTrials, takeEvenly } from '../../lib-boot/trials.ts'
import { variablesThat } from '../../lib-boot/variables.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

const STARTS_MAX = 30
const KINDS_PER_SECRET = 3
const ENV_FILES_MAX = 100

/** A file of variables of some environment: `.env.production`, `config/staging.env`, `env/production`. */
const ENV_FILE = /(^|\/)(\.env(\.[\w.-]+)?|[\w.-]+\.env|env\/[\w-]+)$/
/** Local ones, and those that show what to fill in. */
const LOCAL_OR_EXAMPLE =
  /(^|[./_-])(local|dev|development|test|testing|ci|example|sample|template|dist|defaults?|schema)([./_-]|$)|(^|\/)\.env$|\.(js|ts|py|rb|sh|go|java|md)$/i
const SECRET_NAME = /secret|token|password|passwd|api_?key|private|credential/i

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'write', quiet: false, timeoutMs: 600_000 },
  async observe(context) {
    const variables = await variablesThat(
      context,
      (spec) => spec.format === 'string' && (spec.secret || spec.required),
      `SESSION_SECRET: { required: true, secret: true, min: 32 }`,
    )
    const { planned, combinations } = plan(variables, needTestbed(context).declaredEnv())
    const baseline = await baselineBoot(context)
    const trials = await runTrials(context, planned, patienceMs(context, baseline))
    const envFiles = context.tree ? await scanEnvFiles(context, context.tree) : null
    return {
      data: { baseline, trials, variables: variables.map(([name]) => name), combinations, envFiles },
      exercised: {
        starts: trials.length + 1,
        variables: variables.length,
        trials: trials.length,
        trialsOf: combinations,
        envFiles: envFiles?.files.length ?? 0,
        assignments: envFiles?.assignments ?? 0,
      },
    }
  },
  async clean(bed) {
    const context = await bed.service([])
    const { tree } = await bed.tree({ '.env.production': 'LOG_LEVEL=info\nPORT=8080\n', 'README.md': '# planted\n' })
    return { ...context, tree }
  },
  positiveControls: [
    {
      id: 'placeholder-accepted',
      breaks: 'refused',
      code: 'started-anyway',
      arrange: (bed) => bed.service(['placeholder-accepted']),
    },
    {
      id: 'weak-secret-accepted',
      breaks: 'refused',
      code: 'started-anyway',
      arrange: (bed) => bed.service(['weak-secret-accepted']),
    },
    {
      id: 'placeholder-in-staging',
      breaks: 'env-files',
      code: 'placeholder-in-env-file',
      async arrange(bed) {
        const context = await bed.service([])
        const { tree } = await bed.tree({ 'deploy/.env.staging': 'LOG_LEVEL=info\nexport SESSION_SECRET="changeme"\n' })
        return { ...context, tree }
      },
    },
  ],
})

/** Each kind on at least one secret and at least three kinds on each; other strings get the words, one each. */
function plan(
  variables: readonly [string, VariableSpec][],
  declared: Readonly<Record<string, string>>,
): { planned: PlannedTrial[]; combinations: number } {
  const secrets = variables.filter(([, spec]) => spec.secret)
  const perSecret = Math.max(KINDS_PER_SECRET, Math.ceil(PLACEHOLDER_KINDS.length / Math.max(1, secrets.length)))
  const words = PLACEHOLDER_KINDS.filter((kind) => !SECRET_ONLY_KINDS.includes(kind))
  let next = 0
  const groups = variables.map(([variable, spec]) => {
    const kinds = spec.secret ? PLACEHOLDER_KINDS : words
    return Array.from({ length: spec.secret ? perSecret : 1 }, () => {
      const kind = kinds[next++ % kinds.length] ?? 'changeme'
      return { variable, kind, value: placeholderValue(kind, spec, declared[variable] ?? '').value }
    })
  })
  const combinations = variables.reduce(
    (sum, [, spec]) => sum + (spec.secret ? PLACEHOLDER_KINDS.length : words.length),
    0,
  )
  return { planned: takeEvenly(groups, STARTS_MAX), combinations }
}

async function scanEnvFiles(context: CheckContext, tree: TreePort): Promise<NonNullable<Observation['envFiles']>> {
  const files = tree.files.filter((file) => file.link === undefined && isEnvFile(file.path)).slice(0, ENV_FILES_MAX)
  const unreadable = tree.unreadable.filter((file) => isEnvFile(file.path)).map((file) => file.path)
  const placeholders: NonNullable<Observation['envFiles']>['placeholders'] = []
  let assignments = 0
  for (const file of files) {
    context.progress(`reading ${file.path}`)
    const lines = (await tree.read(file.path)).split(/\r?\n/)
    for (const [index, line] of lines.entries()) {
      const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line)
      if (!match) continue
      assignments += 1
      const [, variable = '', raw = ''] = match
      const value = raw.replace(/^(['"])(.*)\1$/, '$2')
      // ${NAME} and ref+vault://... are filled in by somebody else.
      const kind = /^\$[({]?\w|^ref\+|^op:\/\//.test(value)
        ? null
        : placeholderKindOf(value, SECRET_NAME.test(variable))
      if (kind !== null) placeholders.push({ file: file.path, line: index + 1, variable, kind })
    }
  }
  return { files: files.map((file) => file.path), assignments, placeholders, unreadable, treeFiles: tree.files.length }
}

function isEnvFile(path: string): boolean {
  return (
    ENV_FILE.test(path) &&
    !LOCAL_OR_EXAMPLE.test(path) &&
    !/(^|\/)(node_modules|\.venv|venv|vendor|fixtures|tests?)\//.test(path)
  )
}
