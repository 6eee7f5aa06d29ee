import { AsyncResource } from 'node:async_hooks'
import { type Clock, systemClock } from './clock.ts'

/** How exact the shared timer is: what is due is ended up to this much later, never earlier; milliseconds. */
export const TIMEOUT_GRANULARITY_MS = 10

// The timer belongs to nobody: whatever request happened to start it must not be the current one of those that it ends.
const outside = new AsyncResource('TimeoutQueue')

// 1,024 ticks of 10 ms: limits up to 10 s are looked at once, longer ones once per turn of the wheel.
const SLOTS = 1024
const IDLE = Infinity

/** Something with a time limit. The links belong to the queue that it is in. */
export interface Timed {
  dueTick: number
  earlier: Timed | null
  later: Timed | null
  /** The limit is reached; it is out of the queue already. Must not throw. */
  onDue(nowMs: number): void
}

/** Marks what is in no queue. */
export const NOT_QUEUED = -1

/**
 * Time limits of any number of calls on one timer: a hashed timing wheel (Varghese and Lauck, 1987). Adding and removing
 * cost O(1) and no allocation, so that every call can have a limit that is enforced; `setTimeout` and `clearTimeout` for
 * each would cost more than the rest of a call. The timer runs only while something is queued and keeps no process alive.
 */
export class TimeoutQueue {
  readonly #clock: Clock
  readonly #slots: (Timed | null)[] = Array.from({ length: SLOTS }, () => null)
  #size = 0
  #lastTick = 0
  #armedTick = IDLE
  #timer: { [Symbol.dispose](): void } | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What waits for its limit. */
  get size(): number {
    return this.#size
  }

  /** @param dueMs on the queue's clock @param nowMs what that clock says now */
  add(timed: Timed, dueMs: number, nowMs: number): void {
    if (timed.dueTick !== NOT_QUEUED) this.remove(timed)
    if (this.#armedTick === IDLE) this.#lastTick = Math.floor(nowMs / TIMEOUT_GRANULARITY_MS)
    const tick = Math.max(Math.ceil(dueMs / TIMEOUT_GRANULARITY_MS), this.#lastTick + 1)
    const slot = tick % SLOTS
    const first = this.#slots[slot] ?? null
    timed.dueTick = tick
    timed.earlier = null
    timed.later = first
    if (first) first.earlier = timed
    this.#slots[slot] = timed
    this.#size += 1
    if (tick < this.#armedTick) this.#arm(tick, nowMs)
  }

  /** Does nothing for what is not queued. */
  remove(timed: Timed): void {
    if (timed.dueTick === NOT_QUEUED) return
    const { earlier, later } = timed
    if (earlier) earlier.later = later
    else this.#slots[timed.dueTick % SLOTS] = later
    if (later) later.earlier = earlier
    timed.earlier = null
    timed.later = null
    timed.dueTick = NOT_QUEUED
    this.#size -= 1
  }

  #arm(tick: number, nowMs: number): void {
    this.#timer?.[Symbol.dispose]()
    this.#armedTick = tick
    const delayMs = Math.max(1, tick * TIMEOUT_GRANULARITY_MS - nowMs)
    this.#timer = outside.runInAsyncScope(() => {
      const timer = this.#clock.setTimeout(() => this.#fire(), delayMs)
      timer.unref()
      return timer
    })
  }

  #fire(): void {
    const nowMs = this.#clock.nowMs()
    const nowTick = Math.floor(nowMs / TIMEOUT_GRANULARITY_MS)
    const due: Timed[] = []
    // A process that was stopped for long looks at each slot once, not at each tick that it missed.
    const from = Math.max(this.#lastTick + 1, nowTick - SLOTS + 1)
    for (let tick = from; tick <= nowTick; tick += 1) this.#take(tick % SLOTS, nowTick, due)
    this.#lastTick = nowTick
    this.#timer = null
    // Before anything is called back: that may add more.
    this.#armedTick = IDLE
    if (this.#size > 0) this.#armNext(nowTick, nowMs)
    for (const timed of due) timed.onDue(nowMs)
  }

  #take(slot: number, nowTick: number, due: Timed[]): void {
    const newestFirst: Timed[] = []
    let timed = this.#slots[slot] ?? null
    while (timed) {
      const next: Timed | null = timed.later
      if (timed.dueTick <= nowTick) {
        this.remove(timed)
        newestFirst.push(timed)
      }
      timed = next
    }
    for (let at = newestFirst.length - 1; at >= 0; at -= 1) due.push(newestFirst[at] as Timed)
  }

  #armNext(nowTick: number, nowMs: number): void {
    for (let tick = nowTick + 1; tick <= nowTick + SLOTS; tick += 1)
      if (this.#slots[tick % SLOTS]) return this.#arm(tick, nowMs)
  }
}

const queues = new WeakMap<Clock, TimeoutQueue>()
const systemQueue = new TimeoutQueue(systemClock)

/** The queue that everything on this clock shares. */
export function timeoutsOf(clock: Clock): TimeoutQueue {
  if (clock === systemClock) return systemQueue
  const known = queues.get(clock)
  if (known) return known
  const made = new TimeoutQueue(clock)
  queues.set(clock, made)
  return made
}
