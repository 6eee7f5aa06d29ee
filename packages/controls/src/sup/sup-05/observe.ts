import { type CheckContext, defineCheck, needTree, type TreePort } from '@greengate/contracts'
import { record, text } from '../../lib/locks.ts'
import { readPipelines } from '../../lib/pipeline.ts'
import { plantedTests, type Runner, runnerOf } from '../../lib/plant-test.ts'
import { reachedCommands } from '../../lib/reached.ts'
import { isTestCode, languageOf, parseSource, placeOf } from '../../lib/syntax.ts'
import { testValves } from '../../lib/test-valves.ts'
import { commandValves, settingValve } from '../../lib/valves.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['tree'], effect: 'read', quiet: false, timeoutMs: 3_700_000 },
  async observe(context) {
    const tree = needTree(context)
    const pipelines = await readPipelines(tree)
    const commands = reachedCommands(pipelines.commands)
    const tests = await readTests(tree)
    const data: Observation = {
      pipelines: pipelines.files, unknown: pipelines.unknown, commandsSeen: commands.length,
      commands: commands.filter((command) => commandValves(command.text, command.pipefail).length > 0).slice(0, 200).map(({ where, text: line, pipefail }) => ({ where, text: line.slice(0, 400), pipefail })),
      settings: pipelines.settings.filter(({ key, value }) => settingValve(key, value) !== null).slice(0, 200),
      ...tests,
      planted: await plant(tree, context),
    } // prettier-ignore
    return {
      data,
      exercised: { commands: commands.length, testFiles: tests.testFiles, planted: data.planted.reason === '' ? 1 : 0 },
    }
  },
  clean: (bed) => bed.tree(files({})),
  positiveControls: [
    { id: 'or-true', breaks: 'commands', code: 'exit-code-ignored', arrange: (bed) => bed.tree(files({ '.github/workflows/ci.yml': 'jobs:\n  a:\n    steps:\n      - run: |\n          npm ci\n          npm test || true\n' })) },
    { id: 'continue-on-error', breaks: 'settings', code: 'failure-allowed', arrange: (bed) => bed.tree(files({ '.github/workflows/ci.yml': 'jobs:\n  a:\n    steps:\n      - run: npm test\n        continue-on-error: true\n' })) },
    { id: 'allow-failure', breaks: 'settings', code: 'failure-allowed', arrange: (bed) => bed.tree(files({ '.gitlab-ci.yml': 'test:\n  script: [npm test]\n  allow_failure: true\n' })) },
    { id: 'focused', breaks: 'tests', code: 'test-focused', arrange: (bed) => bed.tree(files({ 'test/b.test.mjs': "import { it } from 'node:test'\nit.only('a', () => {})\n" })) },
    { id: 'python-skip', breaks: 'tests', code: 'test-skipped', arrange: (bed) => bed.tree(files({ 'test/test_b.py': 'import pytest\n\n@pytest.mark.skip(reason="later")\ndef test_b():\n    assert True\n' })) },
    { id: 'scanner-ignored', breaks: 'commands', code: 'exit-code-ignored', arrange: (bed) => bed.tree(files({ '.github/workflows/ci.yml': 'jobs:\n  a:\n    steps:\n      - run: npm test\n      - run: govulncheck ./... || true\n' })) },
    { id: 'runner-swallows-beside-helpers', breaks: 'planted', code: 'planted-failure-ignored', arrange: (bed) => bed.tree(files({ 'run.mjs': SWALLOWS, 'src/lib/sum.test.mjs': "import { it } from 'node:test'\nit('adds', () => {})\n", 'test/setup.mjs': 'export {}\n' }), { config: { tree: { exclude: [], timeoutMs: 60_000, tests: ['node', 'run.mjs', 'node', '--test'] } } }) },
    { id: 'runner-swallows', breaks: 'planted', code: 'planted-failure-ignored', arrange: (bed) => bed.tree(files({ 'run.mjs': SWALLOWS }), { config: { tree: { exclude: [], timeoutMs: 60_000, tests: ['node', 'run.mjs', 'node', '--test'] } } }) },
  ], // prettier-ignore
})

const SWALLOWS =
  "import { spawnSync } from 'node:child_process'\nspawnSync(process.execPath, ['--test'], { stdio: 'inherit' })\n"

function files(extra: Record<string, string>): Record<string, string> {
  return {
    'package.json': '{"name":"planted","type":"module","scripts":{"test":"node --test"}}',
    'test/a.test.mjs': "import { it } from 'node:test'\nit('holds', () => {})\n",
    '.github/workflows/ci.yml':
      'jobs:\n  a:\n    steps:\n      - run: npm ci\n      - run: npm test\n      - run: rm -f x || true\n        if: always()\n',
    ...extra,
  }
}

async function readTests(tree: TreePort): Promise<Pick<Observation, 'testFiles' | 'testsUnread' | 'testValves'>> {
  const testsUnread: string[] = []
  const valves: Observation['testValves'] = []
  let testFiles = 0
  for (const file of tree.files) {
    const language = languageOf(file.path)
    if (
      language === null ||
      file.link !== undefined ||
      !isTestCode(file.path) ||
      /(^|\/)(fixtures|__fixtures__|testdata|node_modules)\//.test(file.path)
    )
      continue
    const source = await tree.read(file.path).catch(() => null)
    const root = source === null ? null : parseSource(file.path, source)
    if (!root) {
      testsUnread.push(file.path)
      continue
    }
    testFiles += 1
    for (const { code, node } of testValves(root, language))
      valves.push({ where: placeOf(file.path, node), code, text: (node.text().split('\n')[0] ?? '').slice(0, 120) })
  }
  return { testFiles, testsUnread: testsUnread.slice(0, 100), testValves: valves.slice(0, 200) }
}

/** A package.json that is broken names no test command; SUP-01 says that it is broken. */
async function readManifest(tree: TreePort): Promise<ReturnType<typeof record>> {
  try {
    return record(JSON.parse(await tree.read('package.json')))
  } catch {
    return {}
  }
}

/** Files of the tree without the tests that are plainly written for another runner. */
async function ownFiles(tree: TreePort, runner: Runner): Promise<string[]> {
  const own: string[] = []
  for (const file of tree.files) {
    if (file.link !== undefined || /(^|\/)node_modules\//.test(file.path)) continue
    const language = languageOf(file.path)
    const isScript = language === 'typescript' && isTestCode(file.path)
    const source = isScript ? await tree.read(file.path).catch(() => '') : ''
    const other = OTHER_RUNNERS.find(([name, pattern]) => name !== runner && pattern.test(source))
    if (!other) own.push(file.path)
  }
  return own
}

const OTHER_RUNNERS: readonly (readonly [Runner | '', RegExp])[] = [
  [
    '',
    /from\s+["'](@playwright\/test|cypress|@wdio\/globals|k6(\/\w+)?)["']|require\(["']@playwright\/test["']\)|\bcy\.visit\(/,
  ],
  ['vitest', /from\s+["']vitest["']/],
  ['node:test', /from\s+["']node:test["']|require\(["']node:test["']\)/],
  ['jest', /from\s+["']@jest\/globals["']/],
]

/** Runs the test command in a copy of the tree that holds failing tests beside the existing ones. */
async function plant(tree: TreePort, context: CheckContext): Promise<Observation['planted']> {
  const none = { command: '', reason: '', file: '', exit: null, named: false, timedOut: false }
  const manifest = await readManifest(tree)
  const script = text(record(manifest['scripts'])['test'])
  const python = tree.files.some((file) => /(^|\/)(pytest\.ini|conftest\.py|test_[^/]*\.py)$/.test(file.path))
  const argv =
    context.config.tree.tests ?? (script !== '' ? ['npm', 'test'] : python ? ['python3', '-m', 'pytest'] : [])
  const command = argv.join(' ')
  if (argv.length === 0) return { ...none, reason: 'no test command is known' }
  const runner = runnerOf(command) ?? runnerOf(script) ?? runnerOf(JSON.stringify(manifest['devDependencies'] ?? {}))
  if (!runner) return { ...none, command, reason: `the runner behind \`${script || command}\` is not known` }
  const mark = `planted_${context.random.hex(6)}`
  const isModule = manifest['type'] === 'module'
  const own = plantedTests(runner, await ownFiles(tree, runner), mark, isModule)
  const all = tree.files.filter((file) => file.link === undefined).map((file) => file.path)
  const tests = own.length > 0 ? own : plantedTests(runner, all, mark, isModule)
  if (tests.length === 0) return { ...none, command, reason: 'there is no test to put the planted one beside' }
  context.progress(`tests with a failing one planted: ${command}`)
  const fork = await tree.fork()
  for (const test of tests) await fork.write(test.path, test.content)
  const run = await fork.run({ argv, timeoutMs: context.config.tree.timeoutMs })
  if (!run.found) return { ...none, command, reason: `there is no program ${argv[0]}` }
  const named = `${run.stdout}\n${run.stderr}`.includes(mark)
  return {
    command,
    reason: '',
    file: tests.map((test) => test.path.replace(mark, '<planted>')).join(', '),
    exit: run.exit,
    named,
    timedOut: run.timedOut,
  }
}
