import { dirname } from 'node:path/posix'
import { defineCheck, needTree } from '@greengate/contracts'
import { control } from './control.ts'
import { judge, type Observation, type Project } from './judge.ts'
import { nodeProject } from '../../lib/node-project.ts'
import { pythonProject, requirements } from '../../lib/python-project.ts'

const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/(^|\/)go\.mod$/, 'Go'], [/(^|\/)Cargo\.toml$/, 'Rust'], [/(^|\/)pom\.xml$|(^|\/)build\.gradle(\.kts)?$/, 'Java'],
  [/(^|\/)Gemfile$/, 'Ruby'], [/(^|\/)composer\.json$/, 'PHP'], [/\.(cs|fs|vb)proj$/, '.NET'], [/(^|\/)mix\.exs$/, 'Elixir'],
  [/(^|\/)deno\.jsonc?$/, 'Deno'], [/(^|\/)bun\.lockb?$/, 'Bun'], [/(^|\/)setup\.(py|cfg)$/, 'Python setuptools'],
  [/(^|\/)environment\.ya?ml$/, 'Conda'], [/(^|\/)Package\.swift$/, 'Swift'], [/(^|\/)pubspec\.yaml$/, 'Dart'], [/(^|\/)build\.sbt$/, 'Scala'],
] // prettier-ignore
const NOT_INSTALLED = /(^|\/)(node_modules|fixtures|__fixtures__|testdata)\//

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['tree'], effect: 'read', quiet: false, timeoutMs: 120_000 },
  async observe(context) {
    const tree = needTree(context)
    const paths = tree.files
      .filter((file) => file.link === undefined && !NOT_INSTALLED.test(file.path))
      .map((file) => file.path)
    const projects: Project[] = []
    const pythonFolders = new Set<string>()
    for (const path of paths) {
      if (/(^|\/)package\.json$/.test(path)) projects.push(await nodeProject(tree, path))
      else if (/(^|\/)pyproject\.toml$|(^|\/)Pipfile$/.test(path)) {
        const project = await pythonProject(tree, path)
        if (project) projects.push(project)
        pythonFolders.add(dirname(path))
      } else if (/(^|\/)[^/]*requirements[^/]*\.txt$|(^|\/)requirements\/[^/]+\.txt$/.test(path))
        projects.push(await requirements(tree, path))
    }
    const notUnderstood = paths.flatMap((path) => {
      const other = OTHERS.find(([pattern]) => pattern.test(path))
      // A setup.py beside a pyproject.toml is the older half of the same project.
      return other && !(other[1] === 'Python setuptools' && pythonFolders.has(dirname(path)))
        ? [{ ecosystem: other[1], where: path }]
        : []
    })
    const manifests =
      /(^|\/)(package(-lock)?\.json|pnpm-lock\.yaml|yarn\.lock|pyproject\.toml|[^/]*requirements[^/]*\.txt|uv\.lock)$/
    const unreadable = tree.unreadable.map((entry) => entry.path).filter((path) => manifests.test(path))
    const data: Observation = { projects, notUnderstood, unreadable }
    const sum = (key: 'declared' | 'entries'): number => projects.reduce((total, project) => total + project[key], 0)
    return { data, exercised: { manifests: projects.length, declared: sum('declared'), locked: sum('entries') } }
  },
  clean: (bed) =>
    bed.tree({
      'package.json': MANIFEST,
      'package-lock.json': nodeLock({}),
      'requirements.txt': `demo==1.0.0 \\\n    --hash=sha256:${'a'.repeat(64)}\n`,
    }),
  positiveControls: [
    { id: 'no-lock', breaks: 'locked', code: 'lock-missing', arrange: (bed) => bed.tree({ 'package.json': MANIFEST }) },
    {
      id: 'lock-behind-manifest', breaks: 'agreeing', code: 'lock-disagrees',
      arrange: (bed) => bed.tree({ 'package.json': MANIFEST.replace('1.0.0', '2.0.0'), 'package-lock.json': nodeLock({}) }),
    },
    { id: 'git-dependency', breaks: 'hashed', code: 'hash-missing', arrange: (bed) => bed.tree({ 'package.json': MANIFEST, 'package-lock.json': nodeLock({ bare: true }) }) },
    { id: 'requirement-without-hash', breaks: 'hashed', code: 'hash-missing', arrange: (bed) => bed.tree({ 'requirements.txt': 'demo==1.0.0\n' }) },
  ], // prettier-ignore
})

const MANIFEST = '{"name":"planted","dependencies":{"demo":"1.0.0"}}'

function nodeLock(options: { bare?: boolean }): string {
  const entry = options.bare
    ? { version: '1.0.0', resolved: 'git+ssh://git@host.invalid/demo.git#0123456' }
    : { version: '1.0.0', integrity: `sha512-${'A'.repeat(86)}==` }
  return JSON.stringify({
    name: 'planted',
    lockfileVersion: 3,
    packages: { '': { dependencies: { demo: '1.0.0' } }, 'node_modules/demo': entry },
  })
}
