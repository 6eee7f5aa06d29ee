import type { ServiceConfig } from '@greengate/contracts'
import type { Discovery } from './discover.ts'

interface Hint {
  /** Whether the configuration lacks it. */
  readonly lacks: (config: ServiceConfig | null, discovery: Discovery) => boolean
  readonly line: (discovery: Discovery) => string
  readonly adds: string
}

const HINTS: readonly Hint[] = [
  {
    lacks: (config) => !config?.start,
    line: (found) => `start: { command: ${JSON.stringify(found.start?.value ?? ['node', 'server.js'])} }`,
    adds: 'CFG-01 to CFG-07, ERR-01 to ERR-05, RES-10, RES-20, RES-23, OBS-01 to OBS-03, OBS-13, OBS-21, SEC-01 to SEC-06, SEC-18, SEC-34, API-01, API-03',
  },
  {
    lacks: (config, found) => Object.keys(config?.dependencies ?? {}).length === 0 && found.dependencies.length > 0,
    line: (found) =>
      `dependencies: { ${found.dependencies.map(({ value }) => `${value.name}: { kind: ${value.kind} }`).join(', ')} }`,
    adds: 'RES-10 (requests that wait on it), RES-23, OBS-13 (readiness follows it)',
  },
  {
    lacks: (config) => typeof config?.variables !== 'string' && Object.keys(config?.variables ?? {}).length === 0,
    line: (found) => `variables: { ${found.variables[0]?.value ?? 'NAME'}: { required: true } }`,
    adds: 'CFG-03 to CFG-07 and CFG-10 (what is missing, malformed or out of range stops the start)',
  },
  {
    lacks: (config) => !config?.environmentLock,
    line: () =>
      'environmentLock: { environments: [local, production], sources: [{ name: declared, variable: APP_ENV }, ...] }',
    adds: 'CFG-01 and CFG-02 (sources that disagree stop the start)',
  },
  {
    lacks: (config) => Object.keys(config?.requests ?? {}).length === 0,
    line: () => 'requests: { list: { path: /api/items, touches: [db] } }',
    adds: 'RES-10, ERR-02, SEC-04 and SEC-18 on requests of the service itself',
  },
  {
    lacks: (config) => !config?.signIn,
    line: () => 'signIn: { path: /sign-in, body: { username: "{username}", password: "{password}" } }',
    adds: 'SEC-06 and SEC-34 (sign-in is limited and has no default account)',
  },
  {
    lacks: (config, found) => !config?.tree.tests && !found.tests,
    line: () => 'tree: { tests: [npm, test], testReport: reports/junit.xml }',
    adds: 'QLT-03 and QLT-04',
  },
  {
    lacks: (config, found) => !config?.tree.lint && !found.lint,
    line: () => 'tree: { lint: [npx, eslint, .] }',
    adds: 'QLT-01',
  },
  {
    lacks: (config, found) => !config?.tree.types && !found.types,
    line: () => 'tree: { types: [npx, tsc, --noEmit] }',
    adds: 'QLT-02',
  },
  {
    lacks: (config) => !config?.deploy,
    line: () => 'deploy: { command: [./deploy.sh], credentials: [DEPLOY_TOKEN] }',
    adds: 'DEP-01',
  },
]

/** For each family of checks that can't run: the one line of configuration that adds it, and what it adds. */
export function hints(config: ServiceConfig | null, discovery: Discovery): string[] {
  return HINTS.filter((hint) => hint.lacks(config, discovery)).map(
    (hint) => `${hint.line(discovery)}   adds ${hint.adds}`,
  )
}
