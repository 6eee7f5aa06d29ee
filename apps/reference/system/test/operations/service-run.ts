import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { freePort } from '../../src/start/ports.ts'
import { reference, type ServiceName } from './operations-files.ts'

const ENDS_WITHIN_MS = 45_000

/** Runs a program of a service on a port of its own, with no variables but these; one that serves is ended as soon as it does. */
export async function runUntilServing(
  service: ServiceName,
  main: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [main], {
    cwd: join(reference, service),
    env: { ...environment, PATH: process.env['PATH'] ?? '', HOST: '127.0.0.1', PORT: String(await freePort()) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const collect = (part: Buffer): void => {
    output += part.toString()
    if (output.includes('"event":"started"')) child.kill('SIGTERM')
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS)
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('close', (ended) => resolve(ended)).once('error', reject),
  )
  clearTimeout(timer)
  return { code, output }
}
