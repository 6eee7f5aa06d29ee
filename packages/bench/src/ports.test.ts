// Goal: a port that was handed out stays with its owner while nobody listens on it, also against another Greengate.
// Method: a second process asks for a port with the same drawn numbers, while the first holds, releases, and is killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort, isFree, releasePort } from './ports.ts'

/** Draws the numbers given, the last one for ever. */
function drawing(...numbers: number[]) {
  let at = 0
  return { next: () => numbers[Math.min(at++, numbers.length - 1)] ?? 0, hex: (bytes: number) => '0'.repeat(2 * bytes) }
}

const held: number[] = []
const children: ChildProcess[] = []
afterEach(() => {
  for (const port of held.splice(0)) releasePort(port)
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A port of a process of its own, which keeps it until it is killed. */
async function portOfAnother(drawn: number): Promise<{ port: number; child: ChildProcess }> {
  const module = JSON.stringify(join(import.meta.dirname, 'ports.ts'))
  const script = `const { freePort } = await import(${module}); console.log(await freePort({ next: () => ${drawn} })); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = await child.stdout.take(1).toArray()
  return { port: Number(String(line)), child }
}

describe('a port that was handed out', () => {
  test('is not handed out twice by one process, and again once it is released', async () => {
    const port = await freePort(drawing(0.31))
    held.push(port, await freePort(drawing(0.31, 0.37)))
    expect(held[1]).not.toBe(port)
    releasePort(port)
    expect(await freePort(drawing(0.31))).toBe(port)
  })

  test('is not handed out to two callers at once', async () => {
    const ports = await Promise.all([0, 1, 2].map(() => freePort(drawing(0.41, 0.43, 0.47))))
    held.push(...ports)
    expect(new Set(ports).size).toBe(3)
  })

  test.runIf(process.platform === 'linux')(
    'is kept from another process while nobody listens, until its owner is killed',
    async () => {
      const { port, child } = await portOfAnother(0.53)
      expect(await isFree(port)).toBe(true)
      held.push(await freePort(drawing(0.53, 0.59)))
      expect(held[0]).not.toBe(port)
      const gone = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGKILL')
      await gone
      held.push(await freePort(drawing(0.53)))
      expect(held[1]).toBe(port)
    },
  )

  test('is none that somebody listens on', async () => {
    const port = await freePort(drawing(0.61))
    releasePort(port)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    held.push(await freePort(drawing(0.61, 0.67)))
    await new Promise((resolve) => server.close(resolve))
    expect(held[0]).not.toBe(port)
  })

  test('is not found where all are taken: said, not waited for', async () => {
    held.push(await freePort(drawing(0.71)))
    await expect(freePort(drawing(0.71))).rejects.toMatchObject({ code: 'SANDBOX_FAILED' })
  })
})
