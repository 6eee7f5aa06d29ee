import { defineCheck, needTree, type TreePort } from '@greengate/contracts'
import { downloadsRunLater, installCommands, toolName } from '../../lib/install-command.ts'
import { checkedCommands, commandRuns, exportedWithHashes } from '../../lib/lock-checks.ts'
import { record } from '../../lib/locks.ts'
import { type Pipelines, readPipelines } from '../../lib/pipeline.ts'
import { type PipelineStep, pipelineSteps } from '../../lib/pipeline-steps.ts'
import { requirementLines } from '../../lib/python-locks.ts'
import { reachedCommands } from '../../lib/reached.ts'
import { simpleCommands } from '../../lib/shell.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

const COMMANDS_MAX = 500

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['tree'], effect: 'read', quiet: false, timeoutMs: 60_000 },
  async observe(context) {
    const tree = needTree(context)
    const pipelines = await readPipelines(tree)
    const reached = reachedCommands(pipelines.commands)
    const installing = [...reached, ...downloadsRunLater(reached)].filter(
      (command) => installCommands(command.text).length > 0,
    )
    const installs = installing.flatMap((command) => installCommands(command.text))
    const isChecked = await lockChecks(tree, pipelines)
    const exported = exportedFiles(reached)
    const data: Observation = {
      commands: installing.slice(0, COMMANDS_MAX).map(({ where, source, text: line }) => ({
        where,
        source,
        text: withoutCredentials(line).slice(0, 400),
        lockChecked: isChecked(where.slice(0, where.lastIndexOf(':')), line),
      })),
      commandsSeen: reached.length,
      unknown: pipelines.unknown,
      truncated: installing.length > COMMANDS_MAX,
      ownTools: await ownTools(
        tree,
        new Set(
          installs.filter((install) => install.verdict === 'runs-unpinned').map((install) => toolName(install.text)),
        ),
      ),
      hashedFiles: [...(await hashedFiles(tree)), ...onlyExported(tree, exported)],
      exported,
      bundlerFrozen: await bundlerFrozen(tree, pipelines),
      nuget: await nuget(tree),
      yarnBerry: await usesYarnBerry(tree),
    }
    return { data, exercised: { commands: reached.length, installs: installs.length } }
  },
  clean: (bed) =>
    bed.tree({
      Dockerfile: 'FROM scratch\nRUN npm ci --omit=dev && \\\n  npm run build\n',
      '.github/workflows/ci.yml': 'on: push\njobs:\n  a:\n    steps:\n      - run: npm ci\n      - run: npm test\n',
    }),
  positiveControls: [
    { id: 'dockerfile-npm-install', breaks: 'installs', code: 'installs-unlocked', arrange: (bed) => bed.tree({ Dockerfile: 'FROM scratch\nRUN apt-get update && \\\n  npm install --omit=dev\n' }) },
    { id: 'workflow-pip', breaks: 'installs', code: 'lock-not-enforced', arrange: (bed) => bed.tree({ '.github/workflows/ci.yml': 'jobs:\n  a:\n    steps:\n      - run: |\n          pip install -r requirements.txt\n' }) },
    { id: 'uv-run-in-another-job', breaks: 'installs', code: 'lock-not-enforced', arrange: (bed) => bed.tree({ '.github/workflows/ci.yml': 'jobs:\n  a:\n    steps:\n      - run: uv sync --locked\n      - run: uv run pytest\n  b:\n    steps:\n      - run: uv run mypy\n' }) },
    { id: 'tidy-compared-with-nothing', breaks: 'installs', code: 'installs-unlocked', arrange: (bed) => bed.tree({ '.github/workflows/ci.yml': 'jobs:\n  a:\n    steps:\n      - run: go mod tidy\n      - run: git diff --stat\n' }) },
    { id: 'export-without-hashes', breaks: 'installs', code: 'lock-not-enforced', arrange: (bed) => bed.tree({ Dockerfile: 'FROM python:3.12\nRUN poetry export --without-hashes -o requirements.txt && pip install -r requirements.txt\n' }) },
    { id: 'wheels-without-hashes', breaks: 'installs', code: 'lock-not-enforced', arrange: (bed) => bed.tree({ Dockerfile: 'FROM python:3.12 AS build\nRUN pip wheel --wheel-dir /wheels -r requirements.txt\nFROM python:3.12\nRUN pip install --no-index --find-links=/wheels /wheels/*\n', 'requirements.txt': 'flask\n' }) },
    { id: 'bundler-free-to-choose', breaks: 'installs', code: 'lock-not-enforced', arrange: (bed) => bed.tree({ Dockerfile: 'FROM ruby:3.3\nRUN bundle install\n' }) },
    { id: 'nuget-lock-not-binding', breaks: 'installs', code: 'lock-not-enforced', arrange: (bed) => bed.tree({ Dockerfile: 'FROM x\nRUN dotnet restore\n', 'src/packages.lock.json': '{}\n' }) },
    { id: 'grouped-flags-download', breaks: 'downloads', code: 'runs-download', arrange: (bed) => bed.tree({ '.github/workflows/ci.yml': 'jobs:\n  a:\n    steps:\n      - run: |\n          curl -Os https://host.invalid/codecov\n          chmod +x codecov\n          ./codecov\n' }) },
    { id: 'heredoc-download', breaks: 'downloads', code: 'runs-download', arrange: (bed) => bed.tree({ Dockerfile: 'FROM scratch\nRUN <<EOT\nnpm ci\ncurl -fsSL https://host.invalid/x | sh\nEOT\n' }) },
  ], // prettier-ignore
})

/** Programs whose package is named otherwise. */
const PROGRAMS: Readonly<Record<string, string>> = {
  tsc: 'typescript', ng: '@angular/cli', nest: '@nestjs/cli', playwright: '@playwright/test', cdk: 'aws-cdk', sls: 'serverless', storybook: 'storybook', biome: '@biomejs/biome',
  'openapi-generator-cli': '@openapitools/openapi-generator-cli', changeset: '@changesets/cli', commitlint: '@commitlint/cli', sentry: '@sentry/cli', redocly: '@redocly/cli', graphql: '@graphql-codegen/cli', 'graphql-codegen': '@graphql-codegen/cli', wrangler: 'wrangler',
} // prettier-ignore

/** Which of these programs come from the manifests and locks of the tree: `npx vitest` then runs the locked one. */
async function ownTools(tree: TreePort, wanted: ReadonlySet<string>): Promise<string[]> {
  const names = new Set<string>()
  if (wanted.size === 0) return []
  for (const file of tree.files) {
    const isManifest = /(^|\/)package\.json$/.test(file.path)
    const isLock = /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock)$/.test(file.path)
    if (!(isManifest || isLock) || file.link !== undefined || file.path.includes('node_modules/')) continue
    const source = await tree.read(file.path).catch(() => '')
    if (isLock) {
      for (const tool of wanted) if (lockHolds(source, tool)) names.add(tool)
      continue
    }
    try {
      const manifest = record(JSON.parse(source))
      for (const key of ['dependencies', 'devDependencies', 'optionalDependencies'])
        for (const name of Object.keys(record(manifest[key]))) names.add(name)
    } catch {
      // SUP-01 says that it is broken; here it only names no tools.
    }
  }
  return [...wanted].filter((tool) => names.has(tool) || names.has(PROGRAMS[tool] ?? '')).toSorted()
}

/** As a package of the lock, or as a program of one: npm writes those down. */
function lockHolds(lock: string, tool: string): boolean {
  const name = tool.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return (
    new RegExp(`"node_modules/${name}"|^ {2}['"]?/?${name}@\\d|^"?${name}@`, 'm').test(lock) ||
    new RegExp(`"bin": \\{[^}]*"${name}":`).test(lock)
  )
}

/** Requirements files in which every line has a hash: pip then demands one of everything it installs. */
async function hashedFiles(tree: TreePort): Promise<string[]> {
  const found: string[] = []
  for (const file of tree.files) {
    if (file.link !== undefined || !/\.(txt|lock|in)$/.test(file.path) || file.sizeBytes > 1_000_000) continue
    const source = await tree.read(file.path).catch(() => '')
    if (!/--(hash=sha|require-hashes)/.test(source)) continue
    const lines = requirementLines(source).filter((line) => line.name !== '')
    if (lines.length > 0 && lines.every((line) => line.hashed && line.version !== '')) found.push(file.path)
  }
  return found.slice(0, 200)
}

/** Whether a command is run only where the lock that it follows, or writes, is compared with the committed one. */
async function lockChecks(tree: TreePort, pipelines: Pipelines): Promise<ReturnType<typeof checkedCommands>> {
  const steps: PipelineStep[] = []
  for (const path of pipelines.files) {
    if (!/\.ya?ml$/.test(path)) continue
    try {
      steps.push(...pipelineSteps(path, await tree.read(path)))
    } catch {
      // `unknown` holds it already; nothing in it counts as checked.
    }
  }
  const inSteps = new Set(steps.map(({ where }) => where.slice(0, where.lastIndexOf(':'))))
  const others = pipelines.commands.filter(({ where }) => !inSteps.has(where.slice(0, where.lastIndexOf(':'))))
  return checkedCommands(commandRuns(steps, others))
}

function exportedFiles(commands: Pipelines['commands']): Observation['exported'] {
  return commands.flatMap(({ where, text }) =>
    simpleCommands(text).flatMap((part) => {
      const file = exportedWithHashes(part.text)
      return file === '' ? [] : [{ by: where.slice(0, where.lastIndexOf(':')), file }]
    }),
  )
}

/** Exported files that the tree does not hold under any path: whoever installs one of them has the exported one. */
function onlyExported(tree: TreePort, exported: Observation['exported']): string[] {
  const nameOf = (path: string): string => path.split('/').at(-1) ?? ''
  const held = new Set(tree.files.map((file) => nameOf(file.path)))
  return exported.map(({ file }) => file).filter((file) => !held.has(nameOf(file)))
}

const FROZEN =
  /\bBUNDLE_(FROZEN|DEPLOYMENT)["']?\s*[:= ]\s*["']?(1|true)\b|\bbundler?\s+config\s[^\n]*\b(frozen|deployment)\b(?!["']?[\s=]+(false|0)\b)/i

/** Builds that make Bundler keep to its lock, by a variable or a setting, or the setting that is committed. */
async function bundlerFrozen(tree: TreePort, pipelines: Pipelines): Promise<string[]> {
  const paths = new Set(pipelines.commands.map(({ where }) => where.slice(0, where.lastIndexOf(':'))))
  const found: string[] = []
  for (const path of ['.bundle/config', ...paths]) {
    if (tree.has(path) && FROZEN.test(await tree.read(path).catch(() => '')))
      found.push(path === '.bundle/config' ? '' : path)
  }
  return found.slice(0, 200)
}

async function nuget(tree: TreePort): Promise<Observation['nuget']> {
  if (!tree.files.some((file) => /(^|\/)packages\.lock\.json$/.test(file.path))) return 'no-lock'
  for (const file of tree.files) {
    if (!/\.(csproj|fsproj|vbproj|props|targets|config)$/i.test(file.path) || file.link !== undefined) continue
    const source = await tree.read(file.path).catch(() => '')
    // A condition, as a rule on being in a pipeline, is the documented way.
    if (/<RestoreLockedMode[^>]*>\s*(true|\$\()/i.test(source)) return 'locked-mode'
  }
  return 'lock'
}

async function usesYarnBerry(tree: TreePort): Promise<boolean> {
  if (tree.has('.yarnrc.yml')) return true
  const lock = tree.has('yarn.lock') ? await tree.read('yarn.lock').catch(() => '') : ''
  return lock.includes('__metadata:')
}

function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^@/\s]+@/g, '//').replace(/((?:token|password|secret|key)[=:]\s*)\S+/gi, '$1...')
}
