/** A timer that was started; what Node's own is, as far as it is used here. */
export interface ClockTimer {
  /** Lets the process end although the timer has not fired. */
  unref(): unknown
  /** Clears it. */
  [Symbol.dispose](): void
}

/** Where time comes from. `FakeClock` of the testing room is one. */
export interface Clock {
  /** Monotonic milliseconds, with fractions; never goes back when the wall clock is set. */
  readonly nowMs: () => number
  /** Calls back once after `delayMs` milliseconds. */
  readonly setTimeout: (callback: () => void, delayMs: number) => ClockTimer
}

/** The real one. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
}
