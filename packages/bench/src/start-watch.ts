import net from 'node:net'
import type { ServiceConfig } from '@greengate/contracts'
import { exchange } from './http-client.ts'
import { holdsSocket, listenersOn, listProcesses, readStat } from './proc.ts'
import type { ServiceProcess } from './service-process.ts'

const POLL_MS = 20
const PROBE_EVERY_MS = 50
const PROBE_TIMEOUT_MS = 5_000

export interface StartWatch {
  readonly outcome: 'ready' | 'exited' | 'not-ready'
  readonly portOpened: boolean
  readonly readyAfterMs: number
  /** What the readiness path said last, for people: "503", "ECONNREFUSED", "nobody listened". */
  readonly lastSeen: string
  /** Somebody else's process listens on the port that was free before the start. */
  readonly foreign: boolean
}

export interface WatchPlan {
  readonly process: ServiceProcess
  readonly host: string
  readonly port: number
  readonly path: string
  readonly headers: ServiceConfig['probes']['headers']
  readonly timeoutMs: number
  /** Somebody else holds the port on purpose: nothing that answers there is the service. */
  readonly taken: boolean
  readonly signal: AbortSignal
}

/** Watches a start until the service answers below 500, exits, or time is up. */
export async function watchStart(plan: WatchPlan): Promise<StartWatch> {
  const startedMs = performance.now()
  const probe = new Probe(plan)
  let portOpened = false
  let foreign = false
  for (;;) {
    const elapsedMs = performance.now() - startedMs
    const running = plan.process.running()
    if (!plan.taken && !foreign && !portOpened) {
      const state = await listenState(plan)
      portOpened = state === 'ours'
      foreign = state === 'foreign'
    }
    const result = (outcome: StartWatch['outcome']): StartWatch => ({
      outcome,
      portOpened,
      readyAfterMs: Math.round(elapsedMs),
      lastSeen: probe.lastSeen,
      foreign,
    })
    if (!running) return result('exited')
    if (probe.ready && !foreign) return result('ready')
    if (elapsedMs > plan.timeoutMs || plan.signal.aborted) return result('not-ready')
    if (portOpened && !foreign) probe.next()
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** One probe at a time, at most every 50 ms. */
class Probe {
  ready = false
  lastSeen = 'nobody listened'
  readonly #plan: WatchPlan
  #busy = false
  #lastMs = 0

  constructor(plan: WatchPlan) {
    this.#plan = plan
  }

  next(): void {
    if (this.#busy || performance.now() - this.#lastMs < PROBE_EVERY_MS) return
    this.#busy = true
    const { path, headers } = this.#plan
    void exchange(this.#plan, { path, headers, timeoutMs: PROBE_TIMEOUT_MS }).then((answer) => {
      this.#busy = false
      this.#lastMs = performance.now()
      this.lastSeen = answer.status > 0 ? String(answer.status) : answer.error
      this.ready = answer.status > 0 && answer.status < 500
    })
  }
}

/**
 * Who listens on the port. A listener counts as foreign only if its process is older than the service and is none of
 * its family: a service may well be started by a daemon on its behalf, as containers are.
 */
async function listenState(plan: WatchPlan): Promise<'none' | 'ours' | 'foreign'> {
  // The kernel's table of sockets is long and slow to read: it is asked only once somebody answers.
  if (!(await canConnect(plan.host, plan.port))) return 'none'
  const inodes = listenersOn(plan.port)
  if (inodes === null || inodes.length === 0) return 'ours'
  if (plan.process.family().some((member) => holdsSocket(member.pid, inodes) === true)) return 'ours'
  const started = readStat(plan.process.pid)?.startTicks
  if (started === undefined) return 'ours'
  const older = listProcesses().some((stat) => stat.startTicks < started && holdsSocket(stat.pid, inodes) === true)
  return older ? 'foreign' : 'ours'
}

function canConnect(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
