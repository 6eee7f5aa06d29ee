import { defineCheck, needTree, type TreePort } from '@greengate/contracts'
import { installCommands } from '../../lib/install-command.ts'
import { record } from '../../lib/locks.ts'
import { readPipelines } from '../../lib/pipeline.ts'
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
    const installing = pipelines.commands.filter((command) => installCommands(command.text).length > 0)
    const data: Observation = {
      commands: installing
        .slice(0, COMMANDS_MAX)
        .map((command) => ({ ...command, text: withoutCredentials(command.text).slice(0, 400) })),
      commandsSeen: pipelines.commands.length,
      unknown: pipelines.unknown,
      truncated: installing.length > COMMANDS_MAX,
      ownTools: await ownTools(tree),
    }
    return { data, exercised: { commands: pipelines.commands.length, installs: installing.length } }
  },
  clean: (bed) =>
    bed.tree({
      Dockerfile: 'FROM scratch\nRUN npm ci --omit=dev && \\\n  npm run build\n',
      '.github/workflows/ci.yml': 'on: push\njobs:\n  a:\n    steps:\n      - run: npm ci\n      - run: npm test\n',
    }),
  positiveControls: [
    { id: 'dockerfile-npm-install', breaks: 'installs', code: 'installs-unlocked', arrange: (bed) => bed.tree({ Dockerfile: 'FROM scratch\nRUN apt-get update && \\\n  npm install --omit=dev\n' }) },
    { id: 'workflow-pip', breaks: 'installs', code: 'lock-not-enforced', arrange: (bed) => bed.tree({ '.github/workflows/ci.yml': 'jobs:\n  a:\n    steps:\n      - run: |\n          pip install -r requirements.txt\n' }) },
    { id: 'heredoc-download', breaks: 'downloads', code: 'runs-download', arrange: (bed) => bed.tree({ Dockerfile: 'FROM scratch\nRUN <<EOT\nnpm ci\ncurl -fsSL https://host.invalid/x | sh\nEOT\n' }) },
  ], // prettier-ignore
})

/** Packages in the manifests of the tree: `npx vitest` then runs the locked one. */
async function ownTools(tree: TreePort): Promise<string[]> {
  const names = new Set<string>()
  for (const file of tree.files) {
    if (!/(^|\/)package\.json$/.test(file.path) || file.link !== undefined) continue
    try {
      const manifest = record(JSON.parse(await tree.read(file.path)))
      for (const key of ['dependencies', 'devDependencies', 'optionalDependencies'])
        for (const name of Object.keys(record(manifest[key]))) names.add(name)
      if (names.has('typescript')) names.add('tsc')
      if (names.has('@playwright/test')) names.add('playwright')
    } catch {
      // SUP-01 says that it is broken; here it only names no tools.
    }
  }
  return [...names].toSorted().slice(0, 2000)
}

function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^@/\s]+@/g, '//').replace(/((?:token|password|secret|key)[=:]\s*)\S+/gi, '$1...')
}
