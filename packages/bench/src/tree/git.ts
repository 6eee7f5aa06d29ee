import { spawn } from 'node:child_process'

/** Settings of a repository that would run its programs or change what we read are switched off. */
const SAFE_ARGUMENTS = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.quotePath=false',
  '-c',
  'safe.directory=*',
  // A file of the same size and time is looked at all the same, by the time that nobody can set.
  '-c',
  'core.trustctime=true',
  '-c',
  'core.checkStat=default',
]
/** What differs from the commit; submodules count whatever their settings say, renames as what they are made of. */
export const STATUS: readonly string[] = ['status', '--porcelain=v1', '-z', '--no-renames', '--ignore-submodules=none']
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024

export interface GitAnswer {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/**
 * Runs git with a scrubbed environment, and `input` as what it reads; `code` is null where there is no git or it was
 * killed. Never throws.
 */
export function git(
  cwd: string,
  args: readonly string[],
  signal?: AbortSignal,
  env: Record<string, string> = {},
  input?: Buffer,
): Promise<GitAnswer> {
  return new Promise((resolve) => {
    const child = spawn('git', [...SAFE_ARGUMENTS, ...args], {
      cwd,
      stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        LANG: 'C.UTF-8',
        GIT_OPTIONAL_LOCKS: '0',
        GIT_TERMINAL_PROMPT: '0',
        ...env,
      },
      ...(signal ? { signal, killSignal: 'SIGKILL' as const } : {}),
    })
    // It may end before it has read everything; its exit code says so.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
    const chunks: Buffer[] = []
    let bytes = 0
    let stderr = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > OUTPUT_BYTES_MAX) child.kill('SIGKILL')
      else chunks.push(chunk)
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      if (stderr.length < 4096) stderr += chunk.toString('utf8')
    })
    child.on('error', (error) => resolve({ code: null, stdout: Buffer.alloc(0), stderr: error.message }))
    child.on('close', (code) => resolve({ code, stdout: Buffer.concat(chunks), stderr }))
  })
}
