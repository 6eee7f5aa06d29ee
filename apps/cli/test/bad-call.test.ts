// Goal: a wrong call or configuration ends with exit code 2 and one message that names the place and the way out.
// Method: the command line's own entry for each mistake; what concerns the process itself on a real one.
import { afterAll, describe, expect, test } from 'vitest'
import { configOf, expectMessage, Project, serviceFiles } from './project.ts'

const projects: Project[] = []
afterAll(() => {
  for (const project of projects) project.remove()
})

function projectWith(files: Record<string, string>): Project {
  const project = new Project(files, { git: false })
  projects.push(project)
  return project
}

const BAD_CONFIGS: readonly {
  name: string
  files: Record<string, string>
  code: string
  says: RegExp
  where: RegExp
}[] = [
  {
    name: 'broken YAML',
    files: { 'greengate.yaml': 'service: shop\nstart: [1, 2\n' },
    code: 'CONFIG_UNREADABLE',
    says: /greengate\.yaml is not valid YAML/,
    where: /greengate\.yaml:\d+:\d+/,
  },
  {
    name: 'broken JSON',
    files: { 'greengate.json': '{\n  "service": "shop",,\n}' },
    code: 'CONFIG_UNREADABLE',
    says: /greengate\.json is not valid JSON/,
    where: /greengate\.json:2:\d+/,
  },
  {
    name: 'broken TypeScript',
    files: { 'greengate.config.ts': 'export default {\n  service: "shop"\n  start: {}\n}\n' },
    code: 'CONFIG_UNREADABLE',
    says: /greengate\.config\.ts could not be evaluated/,
    where: /greengate\.config\.ts:\d+/,
  },
  {
    name: 'TypeScript that throws',
    files: { 'greengate.config.ts': 'const a: string = "x"\nthrow new Error(`no ${a} today`)\n' },
    code: 'CONFIG_UNREADABLE',
    says: /no x today/,
    where: /greengate\.config\.ts:2/,
  },
  {
    name: 'TypeScript without an export',
    files: { 'greengate.config.ts': 'export const config = {}\n' },
    code: 'CONFIG_INVALID',
    says: /has no default export/,
    where: /greengate\.config\.ts/,
  },
  {
    name: 'an unknown key',
    files: { 'greengate.yaml': 'service: shop\nstrat:\n  command: [node]\n' },
    code: 'CONFIG_INVALID',
    says: /strat: there is no such key; did you mean start\?/,
    where: /greengate\.yaml:2:1/,
  },
  {
    name: 'a wrong type',
    files: { 'greengate.yaml': 'service: shop\nstart:\n  command: node server.js\n' },
    code: 'CONFIG_INVALID',
    says: /start\.command: expected array, received string/,
    where: /greengate\.yaml:3:3/,
  },
  {
    name: 'two configurations',
    files: { 'greengate.yaml': 'service: shop\n', 'greengate.config.ts': 'export default {}\n' },
    code: 'CONFIG_INVALID',
    says: /There are 2 configurations: greengate\.config\.ts and greengate\.yaml/,
    where: /shop$/,
  },
  {
    name: 'a file that is not text',
    files: { 'greengate.yaml': '\u0000\u0001\u0002: [\u0003' },
    code: 'CONFIG_UNREADABLE',
    says: /greengate\.yaml/,
    where: /greengate\.yaml/,
  },
]

describe('a configuration that is wrong', () => {
  test.each(BAD_CONFIGS)('$name', async ({ files, code, says, where }) => {
    const ended = await projectWith({ 'server.js': '1\n', ...files }).call(['check', '--only', 'OBS-21'])
    expectMessage(ended, { code, exit: 2, says, where })
  })

  test('one that is named and is not there', async () => {
    const ended = await projectWith({ 'a.js': '1\n' }).call(['check', '--config', 'missing.yaml'])
    expectMessage(ended, { code: 'CONFIG_NOT_FOUND', exit: 2, says: /missing\.yaml/, where: /missing\.yaml$/ })
  })
})

describe('a policy that is wrong', () => {
  test.each([
    { name: 'is not JSON', policy: '{', says: /can't be read/ },
    { name: 'has another shape', policy: '{"schema":"greengate/policy/v1"}', says: /is not one/ },
  ])('$name', async ({ policy, says }) => {
    const project = projectWith({ 'greengate.yaml': 'service: shop\npolicy: policy.json\n', 'policy.json': policy })
    const ended = await project.call(['check', '--only', 'SCR-01'])
    expectMessage(ended, { code: 'POLICY_INVALID', exit: 2, says, where: /policy\.json/ })
  })

  test('asks for a parameter that the judge does not know', async () => {
    const requirement = { control: 'SCR-01', params: { noSuchParameter: 1 }, envs: [], trust: 'local' }
    const policy = {
      schema: 'greengate/policy/v1',
      id: 'own',
      version: 1,
      prev: '',
      expires: '2100-01-01T00:00:00.000Z',
      approvers: [],
      threshold: 2,
      runners: [],
      anchored: false,
      require: [requirement],
    }
    const project = projectWith({
      'greengate.yaml': 'service: shop\npolicy: policy.json\n',
      'policy.json': JSON.stringify(policy),
    })
    expectMessage(await project.call(['check']), { code: 'POLICY_INVALID', exit: 2, says: /SCR-01/ })
  })
})

describe('a name that does not exist', () => {
  test.each([
    { args: ['chek'], code: 'USAGE', says: /There is no command chek.*\n.*\n.*check/ },
    { args: ['check', '--onyl', 'OBS-21'], code: 'USAGE', says: /--onyl/ },
    { args: ['check', '--only'], code: 'USAGE', says: /--only/ },
    { args: ['check', 'stray'], code: 'USAGE', says: /stray/ },
    { args: ['check', '--only', 'OBS-9999'], code: 'CONTROL_UNKNOWN', says: /OBS-9999/ },
    { args: ['check', '--only', 'XYZ'], code: 'CONTROL_UNKNOWN', says: /control or family XYZ/ },
    { args: ['check', '--only', ','], code: 'USAGE', says: /--only/ },
    { args: ['check', '--standard', 'iso9'], code: 'STANDARD_UNKNOWN', says: /iso9/ },
    { args: ['check', '--gate', 'garden'], code: 'USAGE', says: /no gate garden/ },
    { args: ['check', '--format', 'pdf'], code: 'USAGE', says: /no format pdf/ },
    { args: ['explain', 'OBS-9999'], code: 'CONTROL_UNKNOWN', says: /OBS-9999/ },
    { args: ['explain'], code: 'USAGE', says: /Name a control/ },
    { args: ['prove', '--only', 'OBS-9999'], code: 'CONTROL_UNKNOWN', says: /OBS-9999/ },
    { args: ['init', '--format', 'toml'], code: 'USAGE', says: /no format toml/ },
    { args: ['controls', '--nothing'], code: 'USAGE', says: /--nothing/ },
  ])('greengate $args', async ({ args, code, says }) => {
    const project = projectWith(serviceFiles())
    expectMessage(await project.call(args), { code, exit: 2, says })
  })

  test('init does not write over a configuration', async () => {
    const project = projectWith({ 'greengate.yaml': 'service: shop\n' })
    const ended = await project.call(['init'])
    expectMessage(ended, { code: 'USAGE', exit: 2, says: /a configuration already/, where: /greengate\.yaml$/ })
  })
})

test('a reader that goes away early ends nothing with a trace', async () => {
  const project = projectWith(serviceFiles())
  const call = project.start(['controls'], { closeOutput: true })
  expect(await call.done).toMatchObject({ code: 0, stderr: '' })
})

test('output that can not be written is no success', async () => {
  const project = projectWith(serviceFiles())
  const ended = await project.run(['controls'], { prefix: ['/bin/sh', '-c', 'exec "$0" "$@" >/dev/full'] })
  expectMessage(ended, { code: 'EVIDENCE_STORE', exit: 3, says: /could not be written/, where: /standard output/ })
})

test('a Node that is too old is told so with exit code 2, and nothing is taken for done', async () => {
  const project = projectWith(serviceFiles())
  // The entry as it is installed, on a version that pretends to be older.
  project.write('old.mjs', `Object.defineProperty(process.versions, 'node', { value: '20.20.2' })\n`)
  const ended = await project.run(['check'], { node: ['--import', './old.mjs'] })
  expectMessage(ended, { code: 'USAGE', exit: 2, says: /needs Node 22\.18 or newer, and this is 20\.20\.2/ })
})

test('the configuration of these tests is a sound one', async () => {
  const project = projectWith(serviceFiles())
  project.write('greengate.json', configOf(project))
  const ended = await project.run(['check', '--only', 'OBS-21', '--format', 'json'])
  expect(JSON.parse(ended.stdout)).toMatchObject({ verdict: 'partial', controls: [{ outcome: 'pass' }] })
  expect(ended.code).toBe(1)
  expect(project.running()).toEqual([])
  expect(project.leftBehind()).toEqual([])
})
