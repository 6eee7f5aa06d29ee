import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRandom, createSystemClock, createTestbed } from '@greengate/bench'
import { makeTree } from '@greengate/bench/tree'
import {
  type AnyCheck,
  type Check,
  type Json,
  serviceConfigSchema,
  type ServiceConfigInput,
} from '@greengate/contracts'
import { canonicalize } from '@greengate/evidence'
import { detectFacts } from '@greengate/facts'
import { type CheckResult, createRedactor, runCheck } from '@greengate/runner'
import { CHECKS } from '../../src/checks.ts'

const FOLDER = join(import.meta.dirname, '..', '..', 'fixtures', 'services')
let runs = 0

/** A fixture service in which named protections are missing, and the real checks to run on it. */
export interface OpenService {
  run(control: string, params?: { readonly [key: string]: Json }): Promise<CheckResult>
  close(): Promise<void>
}

/** How a fixture is started: its configuration, and in which folder it lives. */
export interface Fixture {
  readonly folder: string
  readonly config: ServiceConfigInput
}

/** Opens a fixture. `defects` are handed over in FIXTURE_DEFECTS; nothing is started before a check asks for it. */
export async function openService(fixture: Fixture, defects: readonly string[] = []): Promise<OpenService> {
  const folder = join(FOLDER, fixture.folder)
  const { start } = fixture.config
  if (!start) throw new Error('a fixture has a start')
  const config = serviceConfigSchema.parse({
    ...fixture.config,
    start: { ...start, env: { ...start.env, FIXTURE_DEFECTS: defects.join(',') } },
  })
  const stateDir = mkdtempSync(join(tmpdir(), 'gg-foreign-'))
  const tree = await makeTree(filesOf(folder))
  const abort = new AbortController()
  const clock = createSystemClock()
  const random = createRandom()
  const runId = `foreign-${process.pid}-${(runs += 1)}`
  const testbed = await createTestbed({
    config,
    configDir: folder,
    runId,
    clock,
    random,
    stateDir,
    signal: abort.signal,
  })
  const facts = await detectFacts({ tree, config, target: config.service })
  return {
    async run(control, params = {}) {
      const check = await checkOf(control)
      return runCheck(
        check,
        {
          control: check.control.id,
          target: config.service,
          params: (check as unknown as Check).judge.parseParams({ ...check.control.params, ...params }),
          config,
          facts,
          tree,
          testbed,
          clock,
          random,
          signal: abort.signal,
          progress: () => undefined,
        },
        { redactor: () => createRedactor(testbed.secrets()), canonicalize },
      )
    },
    async close() {
      abort.abort()
      await testbed.close()
      await tree.close()
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}

/** Everything of a result that is not a pass, in one line each: what a failed expectation has to show. */
export function explain(result: CheckResult): string[] {
  const aspects = Object.entries(result.judgement.aspects)
    .filter(([, aspect]) => aspect.outcome !== 'pass' && aspect.outcome !== 'not_applicable')
    .map(([name, aspect]) => `${name}: ${aspect.outcome} ${aspect.code}`)
  const findings = result.judgement.findings.map(
    (finding) => `${finding.aspect} ${finding.code} at ${finding.where}: ${finding.observed}`,
  )
  return [`${result.outcome} ${result.reason}`.trim(), ...aspects, ...findings]
}

async function checkOf(control: string): Promise<AnyCheck> {
  const load = Object.entries(CHECKS).find(([id]) => id === control)?.[1]
  if (!load) throw new Error(`there is no check ${control}`)
  return load()
}

function filesOf(folder: string): Record<string, string> {
  const files: Record<string, string> = {}
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (statSync(path).isFile()) files[name] = readFileSync(path, 'utf8')
  }
  return files
}
