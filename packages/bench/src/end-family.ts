import { familyOf, type ProcessName, sendSignal } from './proc.ts'

const TIMEOUT_MS = 10_000
const POLL_MS = 20

/** What became of a family. */
export interface EndedFamily {
  /** Everybody who was alive, the first process included. */
  readonly ended: Set<number>
  /** Who could not be ended in ten seconds. */
  readonly left: readonly number[]
}

/** Ends everything that belongs to an instance with SIGKILL, again and again until nobody of it is left. */
export async function endFamily(leader: ProcessName, marker: string): Promise<EndedFamily> {
  const untilMs = performance.now() + TIMEOUT_MS
  const ended = new Set<number>()
  for (;;) {
    const family = familyOf(leader, marker)
    for (const member of family) {
      ended.add(member.pid)
      sendSignal(member.pid, 'SIGKILL')
    }
    if (family.length === 0 || performance.now() > untilMs) return { ended, left: family.map((member) => member.pid) }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
