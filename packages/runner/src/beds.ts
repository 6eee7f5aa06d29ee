import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AnyCheck,
  type CheckContext,
  type Deployer,
  type Json,
  type PositiveBed,
  type ServiceConfig,
  serviceConfigSchema,
  type Testbed,
} from '@greengate/contracts'
import {
  createPositiveBed,
  createRandom,
  createSystemClock,
  type PositiveBedHandle,
  type TestbedHandle,
} from '@greengate/bench'
import { makeTree } from '@greengate/bench/tree'
import { detectFacts } from '@greengate/facts'
import type { OpenBed } from './prove.ts'

/** Beds for positive controls. One PostgreSQL server serves all of them; `close` takes it down. */
export interface Beds {
  open(check: AnyCheck): Promise<OpenBed>
  close(): Promise<void>
}

type MadeTree = Awaited<ReturnType<typeof makeTree>>

export interface BedsOptions {
  /** Where what must be cleared up is noted; default: a folder of its own, removed by `close`. */
  readonly stateDir?: string
  /** Tries deploys; chosen by the application. */
  readonly deployer?: Deployer
}

/** Makes beds; nothing is started before a check asks for it. */
export function createBeds({ stateDir, deployer }: BedsOptions = {}): Beds {
  const folder = stateDir ?? mkdtempSync(join(tmpdir(), 'greengate-beds-'))
  const clock = createSystemClock()
  const random = createRandom()
  const abort = new AbortController()
  let services: PositiveBedHandle | null = null
  return {
    async open(check) {
      const trees: MadeTree[] = []
      const testbeds: (Testbed & Partial<Pick<TestbedHandle, 'close'>>)[] = []
      const params = (extra: Json | undefined): unknown =>
        check.judge.parseParams({ ...check.control.params, ...(extra as { [key: string]: Json } | undefined) })
      const bed: PositiveBed = {
        async service(defects, options = {}) {
          services ??= createPositiveBed({ stateDir: folder, runId: 'bed', clock, random, signal: abort.signal })
          const opened = await services.serviceContext({
            control: check.control.id,
            params: params(options.params),
            defects,
            ...(options.config ? { config: options.config } : {}),
          })
          if (opened.testbed) testbeds.push(opened.testbed)
          return opened
        },
        async tree(files, options = {}) {
          const tree = await makeTree(files, options.git ? { git: options.git } : {})
          trees.push(tree)
          const config: ServiceConfig = serviceConfigSchema.parse({ service: 'planted', ...options.config })
          const context: CheckContext = {
            control: check.control.id,
            target: 'planted',
            params: params(options.params),
            config,
            facts: await detectFacts({ tree, config, target: 'planted' }),
            tree,
            testbed: null,
            ...(deployer ? { deployer } : {}),
            clock,
            random,
            signal: abort.signal,
            progress: () => undefined,
          }
          return context
        },
      }
      return {
        bed,
        async close() {
          await Promise.all([...testbeds.map((testbed) => testbed.close?.()), ...trees.map((tree) => tree.close())])
        },
      }
    },
    async close() {
      abort.abort()
      await services?.close()
      if (stateDir === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}
