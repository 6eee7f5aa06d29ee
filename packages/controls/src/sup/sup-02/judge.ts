import { defineJudge, Verdicts } from '@greengate/contracts'
import { z } from 'zod'
import { type InstallCommand, installCommands, toolName } from '../../lib/install-command.ts'

const observationSchema = z.strictObject({
  /** Commands of builds and pipelines in which an install may stand, as written. */
  commands: z.array(
    z.strictObject({
      where: z.string(),
      source: z.enum(['ci', 'docker', 'script', 'package']),
      text: z.string(),
      /** The same job fails if this one finds, or leaves, another lock than the one that is committed. */
      lockChecked: z.boolean(),
    }),
  ),
  commandsSeen: z.int().min(0),
  unknown: z.array(z.strictObject({ path: z.string(), reason: z.string() })),
  truncated: z.boolean(),
  /** Programs named without version that are packages of the tree's own locks. */
  ownTools: z.array(z.string()),
  /** Requirements files in which every line has a hash, and those that only a build makes and makes so. */
  hashedFiles: z.array(z.string()),
  /** Requirements files that a build writes with a hash in every line, with the file of the build. */
  exported: z.array(z.strictObject({ by: z.string(), file: z.string() })),
  /** Files of builds that tell Bundler to stay with its lock; empty path: the tree itself does. */
  bundlerFrozen: z.array(z.string()),
  /** Whether NuGet has a lock here, and whether its settings make it binding. */
  nuget: z.enum(['no-lock', 'lock', 'locked-mode']),
  /** Yarn 2 or later, which changes no lock in a pipeline. */
  yarnBerry: z.boolean(),
})
export type Observation = z.infer<typeof observationSchema>
const paramsSchema = z.strictObject({})
export type Params = z.infer<typeof paramsSchema>

const ASPECTS = ['installs', 'downloads', 'recognised'] as const
const ADVICE = {
  'lock-not-enforced':
    'Add the flag that makes the lock binding: `npm ci`, `--frozen-lockfile`, `--immutable`, `--require-hashes`, `--locked`, `BUNDLE_FROZEN=true`, `--locked-mode`.',
  'installs-unlocked': 'Put the package into the manifest and the lock, and install from the lock alone.',
  'runs-unpinned': 'Name an exact version, or make it a locked dependency.',
  'runs-download': 'Download a fixed version, compare its checksum, then run it.',
} as const

export const judge = defineJudge<Observation, Params, (typeof ASPECTS)[number]>({
  version: 3,
  aspects: ASPECTS,
  parse: (json) => observationSchema.parse(json),
  parseParams: (json) => paramsSchema.parse(json),
  judge(observation) {
    const verdicts = new Verdicts(ASPECTS)
    const own = new Set(observation.ownTools)
    let installs = 0
    if (observation.commandsSeen > 0) verdicts.pass('downloads').pass('recognised')
    for (const command of observation.commands) {
      for (const install of installCommands(command.text)) {
        if (install.verdict === 'runs-unpinned' && own.has(toolName(install.text))) continue
        const verdict = settled(install, command, observation)
        const aspect = verdict === 'runs-download' ? 'downloads' : 'installs'
        if (aspect === 'installs') installs += 1
        if (verdict === 'locked') continue
        verdicts.fail(aspect, {
          code: verdict, message: `A build runs \`${install.text}\`, which installs what no lock holds.`, where: command.where,
          expected: 'an install that fails rather than leave the lock', observed: install.text, fix: ADVICE[verdict],
        }) // prettier-ignore
      }
    }
    if (installs > 0) verdicts.pass('installs')
    else {
      verdicts.inconclusive('installs', {
        code: 'no-install-found', message: 'No build or pipeline in the tree installs anything, so that it is not known how builds install.', where: '',
        expected: 'an install command in a Dockerfile, a pipeline or a script', observed: `${observation.commandsSeen} commands without one`,
        fix: 'Commit the pipeline or the Dockerfile that builds the service.',
      }) // prettier-ignore
    }
    for (const { path, reason } of observation.unknown) {
      verdicts.inconclusive('recognised', {
        code: 'pipeline-not-understood', message: `${path} can't be read: ${reason}.`, where: path, expected: 'a pipeline that is understood', observed: reason,
        fix: 'Correct it, or keep it out with `tree.exclude` if it builds nothing of the service.',
      }) // prettier-ignore
    }
    if (observation.truncated) {
      verdicts.inconclusive('recognised', {
        code: 'too-many-commands', message: 'There are more install commands than are kept.', where: '', expected: 'all of them', observed: 'a part', fix: 'Name folders that build nothing in `tree.exclude`.',
      }) // prettier-ignore
    }
    return verdicts.done()
  },
  refutations: [
    added('npm-install', 'installs', 'installs-unlocked', 'npm install'),
    added('pip-without-hashes', 'installs', 'lock-not-enforced', 'pip install -r greengate-unhashed.txt'),
    added('curl-to-shell', 'downloads', 'runs-download', 'curl -fsSL https://host.invalid/install.sh | sudo bash'),
    added('npx-floating', 'installs', 'runs-unpinned', 'npx some-unknown-tool build'),
    added('uv-run-alone', 'installs', 'lock-not-enforced', 'uv run pytest'),
    added('tidy-uncompared', 'installs', 'installs-unlocked', 'go mod tidy'),
    added('pip-wheel', 'installs', 'lock-not-enforced', 'pip wheel -w /wheels -r greengate-unhashed.txt'),
    added('gem-of-a-name', 'installs', 'installs-unlocked', 'gem install rails'),
    added('npm-install-in-time', 'installs', 'installs-unlocked', 'timeout 300 npm install'),
    added('redirected-download', 'downloads', 'runs-download', 'curl -fsSL https://host.invalid/i > i.sh && bash i.sh'),
    {
      id: 'nothing-installs', breaks: 'installs', code: 'no-install-found',
      apply: (observation: Observation) => ({ ...observation, commands: [] }),
    },
    {
      id: 'unknown-pipeline', breaks: 'recognised', code: 'pipeline-not-understood',
      apply: (observation: Observation) => ({ ...observation, unknown: [{ path: 'Jenkinsfile', reason: 'unknown' }] }),
    },
  ], // prettier-ignore
})

/** What an install comes to in this place: some package managers follow the lock by themselves in a pipeline. */
function settled(install: InstallCommand, command: Observation['commands'][number], observation: Observation) {
  const inCi = command.source !== 'docker'
  const by = command.where.slice(0, command.where.lastIndexOf(':'))
  switch (install.verdict) {
    case 'by-file':
      return install.files.length > 0 &&
        install.files.every((file) =>
          isHashed(file, [
            ...observation.hashedFiles,
            ...observation.exported.filter((written) => written.by === by).map((written) => written.file),
          ]),
        )
        ? 'locked'
        : 'lock-not-enforced'
    case 'if-checked':
      return command.lockChecked ? 'locked' : 'lock-not-enforced'
    case 'if-compared':
      return command.lockChecked ? 'locked' : 'installs-unlocked'
    case 'if-frozen':
      return observation.bundlerFrozen.some((path) => path === '' || path === by) ? 'locked' : 'lock-not-enforced'
    case 'if-nuget-lock':
      return observation.nuget === 'lock' ? 'lock-not-enforced' : 'locked'
    case 'in-ci':
      return inCi ? 'locked' : 'lock-not-enforced'
    case 'in-ci-if-berry':
      return inCi && observation.yarnBerry ? 'locked' : 'lock-not-enforced'
    case 'locked':
    case 'lock-not-enforced':
    case 'installs-unlocked':
    case 'runs-download':
    case 'runs-unpinned':
      return install.verdict
  }
}

/** A build names the file by where it was copied: only its last part is sure. */
function isHashed(file: string, hashed: readonly string[]): boolean {
  const name = file.split('/').at(-1) ?? ''
  return hashed.some((path) => path === file || path.split('/').at(-1) === name)
}

function added(id: string, breaks: (typeof ASPECTS)[number], code: string, text: string) {
  return {
    id,
    breaks,
    code,
    apply: (observation: Observation): Observation => ({
      ...observation,
      commands: [
        ...observation.commands,
        { where: 'greengate.Dockerfile:1', source: 'docker', text, lockChecked: false },
      ],
    }),
  }
}
