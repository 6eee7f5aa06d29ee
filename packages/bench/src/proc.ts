import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** What `/proc/<pid>/stat` says of a process. */
export interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  /** Clock ticks after boot at which it started: with the pid, this names one process for good. */
  readonly startTicks: number
  /** Z: it has ended and only its parent has not noticed. */
  readonly state: string
}

/** The process as it is now; null if there is none, or where there is no /proc. */
export function readStat(pid: number): ProcessStat | null {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
  // The name stands in parentheses and may hold anything, parentheses and blanks included.
  const rest = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return {
    pid,
    state: rest[0] ?? '',
    parent: Number(rest[1]),
    group: Number(rest[2]),
    session: Number(rest[3]),
    startTicks: Number(rest[19]),
  }
}

/** All processes; empty where there is no /proc. */
export function listProcesses(): readonly ProcessStat[] {
  let names: string[]
  try {
    names = readdirSync('/proc')
  } catch {
    return []
  }
  const found: ProcessStat[] = []
  for (const name of names) {
    if (!/^\d+$/.test(name)) continue
    const stat = readStat(Number(name))
    if (stat) found.push(stat)
  }
  return found
}

/** Variable by which everything that Greengate started is known again: `<run>/<instance>`. */
export const MARKER = 'GREENGATE_INSTANCE'

/** The marker in the environment the process was started with; empty without one, or if it can't be read. */
export function markerOf(pid: number): string {
  try {
    const entry = readFileSync(`/proc/${pid}/environ`, 'latin1')
      .split('\0')
      .find((text) => text.startsWith(`${MARKER}=`))
    return entry?.slice(MARKER.length + 1) ?? ''
  } catch {
    return ''
  }
}

/** A process by pid and start, so that a pid that was given to somebody else is not taken for it. */
export interface ProcessName {
  readonly pid: number
  readonly startTicks: number
}

/** Whether that very process still runs. Where there is no /proc, whether any has its number. */
export function isRunning({ pid, startTicks }: ProcessName): boolean {
  const stat = readStat(pid)
  if (stat) return stat.state !== 'Z' && stat.startTicks === startTicks
  if (process.platform === 'linux') return false
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Names the time since the machine was started, as pids and start times mean nothing after it; empty if unknown. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

/**
 * Everything alive that belongs to an instance: the group and session of its first process, their descendants, and
 * whatever carries its marker wherever it went (double forks, setsid). An empty marker is nobody's.
 */
export function familyOf(leader: ProcessName, marker: string): readonly ProcessStat[] {
  const all = listProcesses()
  const first = all.find((stat) => stat.pid === leader.pid)
  // Another process has the leader's pid by now: then its group is another one as well.
  const recycled = first !== undefined && first.startTicks !== leader.startTicks
  const family = new Set<number>(recycled ? [] : [leader.pid])
  for (const stat of all) {
    const related = !recycled && (stat.group === leader.pid || stat.session === leader.pid)
    if (related || (marker !== '' && markerOf(stat.pid) === marker)) family.add(stat.pid)
  }
  let grown = true
  while (grown) {
    grown = false
    for (const stat of all) {
      if (family.has(stat.parent) && !family.has(stat.pid)) {
        family.add(stat.pid)
        grown = true
      }
    }
  }
  return all.filter((stat) => family.has(stat.pid) && stat.pid !== process.pid && stat.state !== 'Z')
}

/** Resident memory of one process in bytes; 0 if it is gone. */
export function residentBytes(pid: number): number {
  try {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return match ? Number(match[1]) * 1024 : 0
  } catch {
    return 0
  }
}

/** Sends a signal and says whether somebody was there to get it. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

/** Sockets that listen on a TCP port, as inode numbers; null where /proc can't tell. */
export function listenersOn(port: number): readonly string[] | null {
  const inodes: string[] = []
  let readable = false
  for (const table of ['/proc/self/net/tcp', '/proc/self/net/tcp6']) {
    let text: string
    try {
      text = readFileSync(table, 'latin1')
      readable = true
    } catch {
      continue
    }
    const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/)
      // 0A is TCP_LISTEN.
      if (fields[3] === '0A' && fields[1]?.endsWith(suffix)) inodes.push(fields[9] ?? '')
    }
  }
  return readable ? inodes : null
}

/** Whether the process holds one of these sockets; null if its files can't be read. */
export function holdsSocket(pid: number, inodes: readonly string[]): boolean | null {
  const wanted = new Set(inodes.map((inode) => `socket:[${inode}]`))
  let names: string[]
  try {
    names = readdirSync(`/proc/${pid}/fd`)
  } catch {
    return null
  }
  return names.some((name) => {
    try {
      return wanted.has(readlinkSync(`/proc/${pid}/fd/${name}`))
    } catch {
      return false
    }
  })
}
