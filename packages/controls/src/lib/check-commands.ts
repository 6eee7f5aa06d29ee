import { commandWords, programName } from './command-words.ts'
import { simpleCommands } from './shell.ts'

/** Programs that do nothing but look for faults. */
const PROGRAMS = new Set(
  `vitest jest mocha pytest py.test unittest tox nox ava tap tape jasmine karma testcafe nightwatch wdio cucumber behave robot
  eslint oxlint biome tslint standard xo stylelint ruff flake8 pylint pycodestyle pydocstyle mypy pyright basedpyright pyre
  tsc vue-tsc svelte-check flow rspec rubocop standardrb brakeman minitest m phpunit pest phpstan psalm phpcs phpmd parallel-lint
  govulncheck gosec staticcheck golangci-lint golint errcheck gotestsum ginkgo shellcheck hadolint actionlint yamllint
  checkov tfsec tflint terrascan gitleaks trufflehog detect-secrets bandit semgrep snyk trivy grype osv-scanner pip-audit
  bundle-audit bundler-audit safety dockle kubeconform kubeval kube-linter kube-score polaris sqlfluff cppcheck clang-tidy
  ctest swiftlint ktlint detekt checkstyle spotbugs pmd zizmor react-scripts sonar-scanner newman`.split(/\s+/),
)
/** Programs of which only some verbs look for faults. */
const VERBS: Readonly<Record<string, RegExp>> = {
  go: /^(test|vet|build)$/,
  cargo: /^(t|test|b|build|c|check|clippy|fmt|audit|deny|nextest|tarpaulin|llvm-cov|miri|vet|hack|doc)$/,
  dotnet: /^(test|build|format|publish|pack|vstest|msbuild)$/,
  mvn: /^(test|verify|package|install|compile|integration-test|test-compile|deploy)$|:(check|test|verify)$/,
  mix: /^(test|credo|dialyzer|compile|format|sobelow|xref)$|^(deps|hex)\.audit$/,
  swift: /^(test|build)$/, flutter: /^(test|analyze|build)$/, dart: /^(test|analyze|format)$/,
  deno: /^(test|lint|check|fmt)$/, bazel: /^(test|build|coverage)$/, sbt: /^(test|compile|scalafmtCheck\w*|it:test)$/i,
  lein: /^(test|check|eastwood|kibit)$/, stack: /^(test|build)$/, cabal: /^(test|build|check)$/, zig: /^(test|build)$/,
  composer: /^(audit|validate|test\S*|lint\S*|phpstan|phpunit|check\S*|cs\S*)$/, terraform: /^(validate|fmt|test)$/,
  tofu: /^(validate|fmt|test)$/, helm: /^(lint|test|unittest)$/, opa: /^(test|check)$/, conftest: /^(test|verify)$/,
  buf: /^(lint|breaking|build)$/, k6: /^run$/, artillery: /^run$/, 'pre-commit': /^run$/, playwright: /^test$/, cypress: /^run$/,
  coverage: /^(run|report)$/, lhci: /^autorun$|^assert$/, redocly: /^lint$/, spectral: /^lint$/, prisma: /^validate$/, ng: /^(test|lint|build|e2e)$/,
  rails: /^(test\S*|spec\S*|zeitwerk:check)$/, artisan: /^test$/, 'manage.py': /^(test|check)$/, 'setup.py': /^(test|check)$/, hatch: /^(test|fmt)$/,
  next: /^(build|lint)$/, vite: /^build$/, webpack: /^(build)?$/, meson: /^(test|compile)$/, ninja: /^(test|check)?$/, packer: /^validate$/,
} // prettier-ignore
/** What a script, a target or a task that looks for faults calls itself. */
const NAME =
  /^(tests?|testing|spec|specs|lint|lints|linter|linting|vitest|jest|mocha|pytest|unittest|playwright|cypress|eslint|oxlint|biome|ruff|flake8|pylint|mypy|pyright|tsc|types?|typecheck|typescript|audit|build|coverage|check|checks|checking|verify|validate|trivy|semgrep|snyk|clippy|e2e|ci|unit|integration|smoke|acceptance|rspec|rubocop|stylelint|phpunit|phpstan|qa)$/
/** What one calls itself that prepares, shows or takes away what such a one needs. */
const AROUND =
  /^(down|stop|clean|cleanup|cleaning|clear|teardown|kill|rm|remove|delete|destroy|drop|reset|prune|purge|logs?|report|reports|upload|download|setup|prepare|start|serve|up|install|pull|push|seed|create|generate|gen|wait|notify|publish|cache|open|debug|deps|env)$/
const RUNNERS = /^(npm|pnpm|yarn|bun|npm-run-all2?|run-s|run-p|turbo|nx|lerna|wireit|moon|rush)$/
/** Verbs of package managers that are not scripts. */
const MANAGES =
  /^(i|in|install|add|ci|update|up|upgrade|remove|rm|uninstall|cache|config|prune|link|pack|publish|login|logout|whoami|set|get|store|fetch|rebuild|dedupe|outdated|ls|list|why|view|info|init|create|import|version|reset|daemon|stop|start|graph|show)$/
/** Options of programs with scripts or targets that take the next word as their value. */
const VALUED =
  /^(-C|--prefix|--cwd|--dir|--filter|-F|-w|--workspace|--scope|-f|--file|--makefile|-p|--project|--projects|--parallel|--concurrency|-j|-o|-I|--directory|--justfile|-d|--working-directory|--configuration|-c|--base|--head|--exclude|--logger|--verbosity|--framework)$/

/** Whether a shell line runs something that can find fault with the service. Pure. */
export function runsACheck(line: string): boolean {
  return simpleCommands(line).some(({ text }) => findsFault(commandWords(text).words, 0))
}

function findsFault(words: readonly string[], depth: number): boolean {
  const program = programName(words).replace(/\.(exe|cmd|phar)$/, '')
  const rest = words.slice(1)
  if (program === '' || depth > 4 || rest.some((word) => /^(--version|--help|-V)$/.test(word))) return false
  const inner = innerCommand(program, words)
  if (inner !== null) return inner.some((part) => findsFault(part, depth + 1))
  const plain = rest.filter((word, index) => !word.startsWith('-') && !VALUED.test(rest[index - 1] ?? ''))
  const [verb = '', ...more] = plain
  if (PROGRAMS.has(program)) return !/^(install|login|auth|monitor|init|completion|config)$/.test(verb) && !rest.includes('--install-types') // prettier-ignore
  if (program === 'composer' && /^(run|run-script|exec)$/.test(verb)) return isCheckName(more[0] ?? '')
  if (Object.hasOwn(VERBS, program)) {
    if (/^(mvn|sbt|lein|mix)$/.test(program)) return plain.some((word) => VERBS[program]?.test(word))
    if (program === 'go' && (verb === 'run' || verb === 'tool')) return findsFault([(more[0] ?? '').replace(/@.*$/, '')], depth + 1) // prettier-ignore
    return VERBS[program]?.test(verb) === true || (program === 'go' && verb === 'mod' && more[0] === 'verify')
  }
  if (/^(black|isort|prettier|gofumpt|clang-format)$/.test(program))
    return rest.some((word) => /^(--check(-only)?|-c|-l|--list-different|--dry-run)$/.test(word))
  if (RUNNERS.test(program)) return isPackageCheck(program, words, plain, depth)
  if (
    /^(make|gmake|just|task|rake|invoke|inv|mage|ant|earthly|cmake|gradlew?|composer-run)$/.test(program) ||
    program === 'thor'
  ) {
    if (program === 'rake' && plain.length === 0) return true
    return plain.some((name) => isCheckName(name.replace(/^(db|assets|docker|compose):.*/, '')))
  }
  if (/^(docker|podman|buildah)$/.test(program)) {
    const [first = ''] = /^(compose|buildx|image)$/.test(verb) ? more : plain
    return /^(build|bake)$/.test(first) || /^(scout|scan)$/.test(verb)
  }
  // A program of its own is known by its name alone: its first or last word.
  return /\//.test(words[0] ?? '') || /\.\w+$/.test(program) ? isCheckFile(program) : false
}

/** What runs inside this command, by words; null: it is a command of its own. */
function innerCommand(program: string, words: readonly string[]): readonly (readonly string[])[] | null {
  const rest = words.slice(1)
  const script = (): string => rest.find((word) => !word.startsWith('-')) ?? ''
  if (/^((ba|z|da|a|k)?sh|eval|source|\.)$/.test(program)) {
    const at = rest.findIndex((word) => /^-\w*c$/.test(word))
    const text = program === 'eval' ? rest.join(' ') : at < 0 ? '' : (rest[at + 1] ?? '')
    if (text !== '') return simpleCommands(text).map((part) => commandWords(part.text).words)
    return /^[<$]/.test(script()) ? [] : [[script().includes('/') ? script() : `./${script()}`]]
  }
  if (/^(npx|bunx|uvx|pnpx)$/.test(program))
    return [withoutVersion(afterOptions(rest, /^(-p|--package|-c|--from|--with)$/))]
  if (program === 'uv' && rest[0] === 'run') return [afterOptions(rest.slice(1), /^(--with|--extra|--group|--python|-p|--project|--directory|--env-file|--package)$/)] // prettier-ignore
  if (/^python[\d.]*$/.test(program)) {
    const at = rest.indexOf('-m')
    return at >= 0 ? [rest.slice(at + 1)] : [asFile(afterOptions(rest, /^-[WXc]$/))]
  }
  if (/^(node|tsx|ts-node|bun|deno)$/.test(program)) {
    if (rest.includes('--test')) return [['vitest']]
    const run = rest.find((word) => word.startsWith('--run='))?.slice(6) ?? (rest[0] === '--run' ? rest[1] : undefined)
    if (run !== undefined) return [['npm', 'run', run]]
    if (program === 'deno' && rest[0] === 'task') return [['npm', 'run', rest[1] ?? '']]
    if (program === 'bun' && !/\//.test(rest[0] ?? '')) return null
    return program === 'deno'
      ? null
      : [asFile(afterOptions(rest, /^(-r|--require|--import|--loader|-P|--project|--env-file)$/))]
  }
  if (/^(php|ruby|perl)$/.test(program)) return [asFile(afterOptions(rest, /^-[dIr]$/))]
  if (/^(docker|podman|docker-compose|kubectl|oc|nerdctl)$/.test(program)) return inContainer(program, rest)
  if (/^(mvnw|mvnd)$/.test(program)) return [['mvn', ...rest]]
  if (program === 'rails' && /^(spec|test)/.test(rest[0] ?? '')) return [['rspec']]
  return null
}

/** The command that `docker run`, `docker compose exec` and their kind run in a container. */
function inContainer(program: string, rest: readonly string[]): readonly (readonly string[])[] | null {
  const at = rest.findIndex((word) => /^(run|exec|up)$/.test(word))
  const before = rest.slice(0, Math.max(at, 0)).filter((word) => !word.startsWith('-'))
  // `docker compose -f x run`: nothing but compose and values of options may stand before it.
  if (
    at < 0 ||
    before.some((word) =>
      /^(down|stop|rm|pull|push|logs|network|volume|build|cp|image|buildx|delete|get|apply)$/.test(word),
    )
  )
    // prettier-ignore
    return program === 'docker-compose' ? [rest.includes('build') && !rest.includes('logs') ? ['docker', 'build'] : []] : null
  const after = rest.slice(at + 1)
  if (rest[at] === 'up')
    return [after.some((word) => /^--(exit-code-from|abort-on-container-exit|abort-on-container-failure)\b/.test(word)) ? ['vitest'] : []] // prettier-ignore
  const dashes = after.indexOf('--')
  if (dashes >= 0) return [after.slice(dashes + 1)]
  const command = afterOptions(after, /^(-e|--env|--env-file|-v|--volume|-u|--user|-w|--workdir|--name|-p|--publish|--entrypoint|--network|--net|--mount|-l|--label|--platform|-h|--hostname|--link|--add-host|-n|--namespace|-c|--container|--index|--cpus|-m|--memory|--ipc|--pid|--cap-add|--security-opt|--restart|--gpus|--user)$/) // prettier-ignore
  // The first word is the image or the service; an image that is a check's own runs that check.
  const image = (command[0] ?? '').replace(/[:@].*$/, '')
  const nested = commandWords(
    command
      .slice(1)
      .map((word) => (/\s/.test(word) ? `'${word}'` : word))
      .join(' '),
  ).words
  return [nested, [image.replace(/^.*\//, '')]]
}

function isPackageCheck(program: string, words: readonly string[], plain: readonly string[], depth: number): boolean {
  if (/^(nx|turbo|lerna|moon|rush|run-s|run-p|npm-run-all2?)$/.test(program))
    return [...plain, ...words.slice(1).map((word) => /^--?(targets?|t)=(.*)$/.exec(word)?.[2] ?? ''), ...after(words, /^(-t|--targets?)$/)] // prettier-ignore
      .some((word) =>
        word.split(',').some((name) => isCheckName(name.replace(/^[\w@/-]*:(?=\w)/, '')) || isCheckName(name)),
      )
  const names = plain[0] === 'workspace' ? plain.slice(2) : plain[0] === 'workspaces' ? plain.slice(plain.indexOf('run')) : plain // prettier-ignore
  const [verb = '', name = ''] = names
  if (/^(run|run-script|rum|urn)$/.test(verb)) return isCheckName(name)
  if (/^(t|tst|test|it|install-test)$/.test(verb)) return true
  if (verb === 'audit') return name !== 'fix' && !words.includes('--fix')
  if (/^(exec|x|dlx)$/.test(verb)) {
    const at = words.indexOf(verb)
    return findsFault(withoutVersion(afterOptions(words.slice(at + 1), /^(-p|--package)$/)), depth + 1)
  }
  if (verb === '' || MANAGES.test(verb)) return false
  // pnpm, yarn and bun run scripts and programs by their bare names.
  return program !== 'npm' && (isCheckName(verb) || findsFault(words.slice(words.indexOf(verb)), depth + 1))
}

/** Words from the first on that is neither an option nor the value of one. */
function afterOptions(words: readonly string[], valued: RegExp): readonly string[] {
  let at = 0
  while (at < words.length && (words[at] ?? '').startsWith('-')) at += valued.test(words[at] ?? '') ? 2 : 1
  return words.slice(at)
}

function after(words: readonly string[], option: RegExp): string[] {
  return words.filter((_word, index) => option.test(words[index - 1] ?? ''))
}

function withoutVersion(words: readonly string[]): readonly string[] {
  return [(words[0] ?? '').replace(/(.)@[^/]*$/, '$1'), ...words.slice(1)]
}

/** A script that an interpreter is given is a program by its path. */
function asFile(words: readonly string[]): readonly string[] {
  const [file = '', ...rest] = words
  return file === '' ? [] : [file.includes('/') ? file : `./${file}`, ...rest]
}

function isCheckFile(program: string): boolean {
  const parts = segments(program.replace(/\.\w+$/, ''))
  const edges = [parts[0] ?? '', parts.at(-1) ?? '']
  return PROGRAMS.has(program) || (edges.some((part) => NAME.test(part)) && !parts.some((part) => AROUND.test(part)))
}

function isCheckName(name: string): boolean {
  const parts = segments(name)
  return parts.some((part) => NAME.test(part)) && !parts.some((part) => AROUND.test(part))
}

function segments(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((part) => part !== '')
}
