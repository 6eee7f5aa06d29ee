/** Languages whose tools are understood here, and the rest by name, so that what can't be judged is said. */
export type Language = 'javascript' | 'typescript' | 'python' | 'other'

const OTHER = /\.(?:go|rs|java|kt|kts|scala|rb|php|cs|fs|swift|ex|exs|erl|clj|c|cc|cpp|m|dart)$/i

/** Language of a source file; null for anything else. Declarations (`.d.ts`) hold no code. */
export function languageOf(path: string): Language | null {
  if (/\.d\.[cm]?ts$/.test(path) || /\.min\.[cm]?js$/.test(path)) return null
  if (/\.[cm]?tsx?$/.test(path)) return 'typescript'
  if (/\.[cm]?jsx?$/.test(path)) return 'javascript'
  if (path.endsWith('.py')) return 'python'
  return OTHER.test(path) ? 'other' : null
}

const INSTALLED =
  /(?:^|\/)(?:node_modules|vendor|third_party|dist|build|out|coverage|\.venv|venv|site-packages|__generated__|generated|\.[^/]+)\//
const TEST_FOLDER =
  /(?:^|\/)(?:tests?|__tests__|__mocks__|specs?|e2e|cypress|playwright|fixtures?|testdata|testing|mocks?)\//i
const TEST_NAME =
  /(?:[._-](?:test|spec|e2e|bench|stories|mock|fixture)s?\.[cm]?[jt]sx?|(?:^|\/)(?:test|spec)\.[cm]?[jt]sx?|(?:^|\/)test_[^/]*\.py|_test\.py|(?:^|\/)conftest\.py)$/i
const SIDE_FOLDER =
  /(?:^|\/)(?:scripts?|tools?|examples?|samples?|docs?|benchmarks?|bench|templates?|migrations?|stories|website)\//i
const CONFIG_NAME =
  /(?:^|\/)(?:[^/]*\.config\.[cm]?[jt]s|[^/]*rc\.[cm]?js|[^/]*\.workspace\.[cm]?[jt]s|gulpfile\.[cm]?js|gruntfile\.[cm]?js|setup\.py|noxfile\.py|tasks\.py)$/i

/** A source file that somebody wrote for this tree: what linters are for. */
export function isWritten(path: string): boolean {
  return languageOf(path) !== null && !INSTALLED.test(path)
}

/** A source file of the service itself, not of its tests, tooling, examples or documents. */
export function isProduction(path: string): boolean {
  return (
    isWritten(path) &&
    !TEST_FOLDER.test(path) &&
    !TEST_NAME.test(path) &&
    !SIDE_FOLDER.test(path) &&
    !CONFIG_NAME.test(path)
  )
}

const NODE_TEST_FILE =
  /(?:\.(?:test|spec)\.[cm]?[jt]sx?|(?:^|\/)(?:__tests__|tests?)\/(?:.*\/)?[^/]*\.[cm]?[jt]sx?|(?:^|\/)test(?:[-_][^/]*)?\.[cm]?[jt]s)$/i
const PYTHON_TEST_FILE = /(?:^|\/)(?:test_[^/]*|[^/]*_test)\.py$/
const OTHER_TEST_FILE = /(?:_test\.go|Tests?\.(?:java|kt|cs)|_(?:spec|test)\.rb|Test\.php|(?:^|\/)tests\/[^/]*\.rs)$/
/** Run by tools of their own, with a browser or a service beside them. */
const END_TO_END =
  /(?:^|\/)(?:e2e|cypress|playwright|fixtures?|helpers?|support|setup|mocks?|__mocks__|testdata)\/|\.e2e\.|[._-]e2e[._-]/i

/** A file that holds tests by its name, for the runner that finds tests by name. */
export function isTestFile(path: string): boolean {
  if (INSTALLED.test(path) || END_TO_END.test(path) || /\.d\.[cm]?ts$/.test(path)) return false
  if (!NODE_TEST_FILE.test(path) && !PYTHON_TEST_FILE.test(path) && !OTHER_TEST_FILE.test(path)) return false
  // In a test folder lie helpers as well; only a name that says so is a denominator.
  return (
    /(?:\.(?:test|spec)\.|(?:^|\/)__tests__\/)/i.test(path) || PYTHON_TEST_FILE.test(path) || OTHER_TEST_FILE.test(path)
  )
}

/** Anything that could hold tests: wider than `isTestFile`, to tell "there are none" from "none is named so". */
export function mayHoldTests(path: string): boolean {
  return (
    !INSTALLED.test(path) && (NODE_TEST_FILE.test(path) || PYTHON_TEST_FILE.test(path) || OTHER_TEST_FILE.test(path))
  )
}

/** Number of files by language. */
export function byLanguage(paths: readonly string[]): Record<Language, number> {
  const counts: Record<Language, number> = { javascript: 0, typescript: 0, python: 0, other: 0 }
  for (const path of paths) {
    const language = languageOf(path)
    if (language) counts[language] += 1
  }
  return counts
}

/**
 * A path that a tool printed, relative to the tree with forward slashes. Tools print real paths; the tree may have been
 * reached through a link, so several roots are tried.
 */
export function relativeTo(roots: readonly string[], printed: string): string {
  const path = printed.replaceAll('\\', '/').replace(/^file:\/\//, '')
  for (const root of roots) {
    const prefix = `${root.replaceAll('\\', '/').replace(/\/+$/, '')}/`
    if (path.startsWith(prefix)) return path.slice(prefix.length)
  }
  return path.replace(/^\.\//, '')
}

/** Replaces the folder of the export, whose name differs in every run, in a tool's output. */
export function withoutRoot(text: string, roots: readonly string[]): string {
  let out = text
  for (const root of roots) if (root !== '') out = out.replaceAll(`${root}/`, '').replaceAll(root, '.')
  return out
}
