import { defineCheck, needTree } from '@greengate/contracts'
import { readRegistry } from '../../lib/registry.ts'
import { valueKind } from '../../lib/secret-value.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

const EXAMPLE =
  /(^|\/)(\.?env\.([\w-]+\.)?(example|sample|template|dist|tpl)|(\.env)?[\w-]*\.?(example|sample|template)\.env|env-(example|sample)|\.env-(example|sample|dist))$/
const NAMES_SECRET = /SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE|API_?KEY|CREDENTIAL/i
const VARIABLES = { SESSION_SECRET: { required: true, secret: true }, PORT: { required: true, format: 'int' as const } }

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['tree'], effect: 'read', quiet: false, timeoutMs: 30_000 },
  async observe(context) {
    const tree = needTree(context)
    const registry = await readRegistry(context.config, tree)
    const files: Observation['files'] = []
    for (const file of tree.files) {
      if (file.link !== undefined || !EXAMPLE.test(file.path)) continue
      const entries = exampleEntries(
        await tree.read(file.path),
        (name) => registry.variables[name]?.secret ?? NAMES_SECRET.test(name),
      )
      files.push({ path: file.path, entries })
    }
    const variables = Object.entries(registry.variables).map(([name, spec]) => ({
      name,
      required: spec.required,
      secret: spec.secret,
    }))
    const lines = files.reduce((sum, file) => sum + file.entries.length, 0)
    return {
      data: { registry: { where: registry.where, problem: registry.problem, variables }, files },
      exercised: { variables: variables.length, lines, filesLookedAt: tree.files.length },
    }
  },
  clean: (bed) =>
    bed.tree(
      {
        '.env.example':
          '# Signs sessions; from the vault, at least 32 characters\nSESSION_SECRET=\n\n# Port to listen on\nPORT=3000\n',
      },
      { config: { variables: spec() } },
    ),
  positiveControls: [
    { id: 'no-example', breaks: 'complete', code: 'example-missing', arrange: (bed) => bed.tree({ 'a.txt': 'x' }, { config: { variables: spec() } }) },
    { id: 'variable-left-out', breaks: 'complete', code: 'variable-missing', arrange: (bed) => bed.tree({ '.env.example': '# Port\nPORT=3000\n' }, { config: { variables: spec() } }) },
    { id: 'no-comment', breaks: 'described', code: 'description-missing', arrange: (bed) => bed.tree({ '.env.example': '# Port\nPORT=3000\n\nSESSION_SECRET=\n' }, { config: { variables: spec() } }) },
    { id: 'real-secret', breaks: 'no-real-value', code: 'real-value', arrange: (bed) => bed.tree({ '.env.example': '# Port\nPORT=3000\n# Signs\nSESSION_SECRET=q8Zt1Lw5Rk9Vx3Nc7Bm2Hf6Js4Dg0Pa\n' }, { config: { variables: spec() } }) },
  ], // prettier-ignore
})

function spec() {
  const common = {
    required: false,
    secret: false,
    format: 'string' as const,
    supplier: 'platform',
    reason: 'test',
    thirdParty: false,
  }
  return Object.fromEntries(Object.entries(VARIABLES).map(([name, own]) => [name, { ...common, ...own }]))
}

/** A comment counts for the lines right below it, up to the next empty line. */
function exampleEntries(text: string, isSecret: (name: string) => boolean): Observation['files'][number]['entries'] {
  const entries: Observation['files'][number]['entries'] = []
  let commented = false
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    const [, name, rest = ''] = /^(?:#\s?)?(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=(.*)$/.exec(line) ?? []
    if (line === '') commented = false
    else if (name === undefined || (line.startsWith('#') && !/^[A-Z][A-Z0-9_]+$/.test(name)))
      commented ||= /^#.*[A-Za-z]{3}/.test(line)
    else {
      const quoted = /^\s*(["'])(.*?)\1/.exec(rest)
      const value = quoted ? (quoted[2] ?? '') : rest.replace(/(^|\s)#.*$/, '').trim()
      const own = /(^|\s)#.*[A-Za-z]{3}/.test(quoted ? rest.slice(quoted[0].length) : rest)
      entries.push({ name, line: index + 1, described: commented || own, value: valueKind(value, isSecret(name)) })
    }
  }
  return entries
}
