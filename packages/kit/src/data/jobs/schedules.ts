import { hash } from 'node:crypto'
import type { PgBoss } from 'pg-boss'
import type { JobEnvelope } from './job-type.ts'

/** Something that is done again and again. */
export interface JobSchedule<Type extends string = string> {
  readonly type: Type
  /** Five fields, by the minute: `0 3 * * *`. */
  readonly cron: string
  /** Default `UTC`. */
  readonly timeZone?: string
  readonly payload: unknown
  /** The fire is moved by up to this much, always by the same for one schedule and instance; milliseconds. Default 30,000; 0 for none. */
  readonly jitterMs?: number
  /** A fire that could not start for this long is dropped, so that a queue does not fill while nobody works; milliseconds. Default 3,600,000. */
  readonly lateMaxMs?: number
}

/**
 * How much later than its time a schedule fires: the first four bytes, big endian, of SHA-256 over its name, a NUL and
 * the instance, as a share of `jitterMs`. Services and regions that share a time are spread (RES-24), and each of them
 * fires at a time that can be foretold.
 */
export function scheduleOffsetMs(name: string, instance: string, jitterMs: number): number {
  return Math.floor((hash('sha256', `${name}\0${instance}`, 'buffer').readUInt32BE(0) / 2 ** 32) * jitterMs)
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/

/** @throws RangeError for a name, a type, a jitter or a limit that can't be */
export function checkSchedules(
  schedules: Readonly<Record<string, JobSchedule>>,
  types: { has(name: string): boolean },
): void {
  for (const [name, one] of Object.entries(schedules)) {
    if (!NAME.test(name))
      throw new RangeError(`schedule ${JSON.stringify(name)}: expected lower case letters, digits and dashes`)
    if (!types.has(one.type)) throw new RangeError(`schedule ${name}: there is no job type ${JSON.stringify(one.type)}`)
    const jitterMs = one.jitterMs ?? 30_000
    if (!(jitterMs >= 0 && jitterMs <= 86_400_000))
      throw new RangeError(`schedule ${name}, jitterMs: expected 0 to 86400000, got ${jitterMs}`)
    const lateMaxMs = one.lateMaxMs ?? 3_600_000
    if (!(lateMaxMs >= 1000))
      throw new RangeError(`schedule ${name}, lateMaxMs: expected 1000 or more, got ${lateMaxMs}`)
  }
}

/** Writes the declared schedules and removes those of these job types that are not declared any more. */
export async function applySchedules(
  boss: PgBoss,
  schedules: Readonly<Record<string, JobSchedule>>,
  instance: string,
  types: ReadonlySet<string>,
): Promise<void> {
  for (const [name, one] of Object.entries(schedules)) {
    const offsetMs = scheduleOffsetMs(name, instance, one.jitterMs ?? 30_000)
    const envelope: JobEnvelope = { v: 1, payload: one.payload, delayMs: offsetMs }
    await boss.schedule(one.type, one.cron, envelope, {
      key: name,
      tz: one.timeZone ?? 'UTC',
      startAfter: offsetMs / 1000,
      retentionSeconds: Math.ceil((one.lateMaxMs ?? 3_600_000) / 1000),
    })
  }
  for (const found of await boss.getSchedules())
    if (types.has(found.name) && schedules[found.key]?.type !== found.name) await boss.unschedule(found.name, found.key)
}
