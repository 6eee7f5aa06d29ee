import { mkdir, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { exportTree, type ExportedTree, ignoreMatcher } from '@greengate/bench/tree'
import { createRandom, createSystemClock, createTestbed, reap, type TestbedHandle } from '@greengate/bench'
import { type LoadedConfig, loadConfig } from '@greengate/configuration'
import {
  type Clock,
  type Digest,
  type Fact,
  GreengateError,
  invariant,
  type Json,
  type Random,
  type ServiceConfig,
  serviceConfigSchema,
  type Subject,
  type TreePort,
} from '@greengate/contracts'
import { digestOf } from '@greengate/evidence'
import { detectFacts, discover, hints } from '@greengate/facts'
import { type TargetRole, targetRoles } from '../inventory.ts'
import { componentsOf } from './components.ts'

/** One thing to judge, and what checks on it work with. */
export interface SessionTarget extends TargetRole {
  readonly config: ServiceConfig
  /** The tree as checks see it: without what the configuration says belongs to something else. */
  readonly view: TreePort
  readonly facts: readonly Fact[]
  /** Null where it is not known how it starts. */
  readonly testbed: TestbedHandle | null
}

/** Everything that one run works on, and how it is taken down again. */
export interface Session {
  /** Folder of the configuration, or the one that `check` was called in. */
  readonly dir: string
  readonly stateDir: string
  readonly runId: string
  readonly loaded: LoadedConfig | null
  readonly config: ServiceConfig
  readonly tree: ExportedTree
  readonly subject: Subject
  readonly hints: readonly string[]
  /** The whole first, then each component. */
  readonly targets: readonly SessionTarget[]
  readonly clock: Clock
  readonly random: Random
  close(): Promise<void>
}

export interface SessionOptions {
  readonly cwd: string
  readonly configFile?: string | undefined
  readonly environment?: string | undefined
  readonly signal: AbortSignal
  readonly onPhase: (text: string) => void
}

/**
 * Reads the configuration, exports and digests the tree, and finds out the facts. Nothing of the service is started yet.
 * @throws GreengateError CONFIG_*, SUBJECT_UNREADABLE, TREE_TOO_LARGE, EVIDENCE_STORE
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const clock = createSystemClock()
  const random = createRandom()
  const loaded = await loadConfig({
    cwd: options.cwd,
    ...(options.configFile === undefined ? {} : { file: options.configFile }),
  })
  const dir = loaded ? dirname(loaded.path) : options.cwd
  const stateDir = await makeStateDir(dir)
  reap(stateDir)
  const config = withEnvironment(
    loaded?.config ?? serviceConfigSchema.parse({ service: basename(dir) || 'service' }),
    options.environment,
  )
  // To the millisecond: names tell which of two runs was first.
  const runId = `${new Date(clock.nowMs()).toISOString().replace(/[-:.]/g, '')}-${random.hex(4)}`
  options.onPhase('reading the source tree')
  const tree = await exportTree({ dir, exclude: [], stateDir, runId, signal: options.signal })
  const testbeds: TestbedHandle[] = []
  const close = async (): Promise<void> => {
    await Promise.allSettled(testbeds.map((testbed) => testbed.close()))
    await tree.close()
  }
  try {
    const whole = withoutExcluded(tree, config.tree.exclude)
    options.onPhase('finding out what it is')
    const subject = subjectOf(tree, config, await installedMarks(dir))
    const targets: SessionTarget[] = []
    for (const role of targetRoles(subject)) {
      const own = configOf(config, role.id)
      const view = own === config ? whole : withoutExcluded(tree, own.tree.exclude)
      const facts = await detectFacts({ tree: view, config: loaded ? own : null, target: role.id })
      const testbed = own.start
        ? await createTestbed({
            config: own,
            configDir: dir,
            runId,
            clock,
            random,
            stateDir,
            signal: options.signal,
          })
        : null
      if (testbed) testbeds.push(testbed)
      targets.push({ ...role, config: own, view, facts, testbed })
    }
    const lines = hints(loaded ? config : null, await discover(whole))
    return { dir, stateDir, runId, loaded, config, tree, subject, hints: lines, targets, clock, random, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The target of a planned check. */
export function targetOf(session: Pick<Session, 'targets'>, id: string): SessionTarget {
  const target = session.targets.find((one) => one.id === id)
  invariant(target, `${id} is planned, so it is a target of this run`)
  return target
}

/** The configuration that a target is judged with; that of a component which nobody configured starts nothing. */
function configOf(config: ServiceConfig, target: string): ServiceConfig {
  const { components, deploy: _deploy, service, environment, policy, ...whole } = config
  if (!components || target === service) return config
  const own = components[target] ?? { ...whole, start: undefined }
  return { service: target, environment, policy, ...own }
}

/** What the verdict is about: the tree, and the configuration it was judged with. */
export function subjectOf(
  tree: Pick<ExportedTree, 'digest' | 'dirty' | 'commit' | 'files'>,
  config: ServiceConfig,
  installed: { readonly [key: string]: string },
): Subject {
  const ignored = ignoreMatcher(config.tree.exclude)
  const components = componentsOf(config, { files: tree.files.filter((file) => !ignored(file.path)) })
  return {
    name: config.service,
    ...(components ? { components: [...components] } : {}),
    kind: 'tree',
    digest: tree.digest,
    dirty: tree.dirty,
    commit: tree.commit,
    binds: {
      tree: tree.digest,
      artifact: '',
      service: '',
      config: digestOf(JSON.parse(JSON.stringify(config)) as Json),
      environment: digestOf({ name: config.environment, ...installed }),
    },
  }
}

/** What is installed beside the tree, by the marks that installers leave: tools of another version are other inputs. */
async function installedMarks(dir: string): Promise<Record<string, string>> {
  const marks: Record<string, string> = { node: process.version, platform: `${process.platform}-${process.arch}` }
  for (const name of [
    'node_modules/.package-lock.json',
    'node_modules/.modules.yaml',
    'node_modules/.yarn-state.yml',
    '.venv/pyvenv.cfg',
  ]) {
    const found = await stat(join(dir, name)).catch(() => null)
    if (found) marks[name] = `${found.size} bytes at ${Math.round(found.mtimeMs)} ms`
  }
  return marks
}

/** The folder for evidence; it ignores itself, so that a run never makes the tree dirty. */
async function makeStateDir(dir: string): Promise<string> {
  const stateDir = join(dir, '.greengate')
  try {
    await mkdir(stateDir, { recursive: true })
    await writeFile(join(stateDir, '.gitignore'), '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new GreengateError('EVIDENCE_STORE', `The folder for evidence can't be written: ${code}.`, {
      where: stateDir,
      cause: error,
    })
  }
  return stateDir
}

function withEnvironment(config: ServiceConfig, environment: string | undefined): ServiceConfig {
  return environment === undefined ? config : { ...config, environment }
}

/**
 * Hides files of the repository that belong to something else, as in a monorepo. They stay in the export and in its
 * digest, so that a change of them makes evidence stale all the same.
 */
function withoutExcluded(tree: TreePort, exclude: readonly string[]): TreePort {
  if (exclude.length === 0) return tree
  const ignored = ignoreMatcher(exclude)
  const shown = <T extends { path: string }>(files: readonly T[]): readonly T[] =>
    files.filter((file) => !ignored(file.path))
  return {
    root: tree.root,
    files: shown(tree.files),
    unreadable: shown(tree.unreadable),
    commit: tree.commit,
    gitDir: tree.gitDir,
    ...(tree.gitPrefix === undefined ? {} : { gitPrefix: tree.gitPrefix }),
    isExcluded: ignored,
    has: (path) => tree.has(path),
    read: (path) => tree.read(path),
    run: (command) => tree.run(command),
    async fork() {
      const fork = await tree.fork()
      return { ...withoutExcluded(fork, exclude), write: (path: string, content: string) => fork.write(path, content) }
    },
  }
}

/** Whether a digest is one, for values that come from a command line. */
export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text)
}
