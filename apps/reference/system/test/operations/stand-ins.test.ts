// Goal: the stand-ins of the outside run by themselves, as compose.yaml starts them, and end when they are told to.
// Method: the command as a child process on a free port, asked as the worker and the platform would.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { freePort } from '../../src/start/ports.ts'
import { startStandIn } from '../../src/stand-ins.ts'

const key = 'mk_test_0123456789abcdefghijklmn'

it('take mails and give recorded answers, and end with 0 on SIGTERM', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stand-ins-'))
  writeFileSync(join(folder, 'key'), `${key}\n`)
  const start = async (name: string) => {
    const port = await freePort()
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, '../../src/stand-ins.ts'), name, '--port', String(port)],
      {
        env: { MAIL_API_KEY_FILE: join(folder, 'key') },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    return { url: `http://127.0.0.1:${port}`, child, ended }
  }
  const running = [await start('mail'), await start('providers')]
  try {
    const [mail, providers] = running
    const sent = await fetch(`${mail?.url}/emails`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'idempotency-key': 'one', 'content-type': 'application/json' },
      body: JSON.stringify({ from: 'a@a.test', to: 'b@b.test', subject: 'Hello', text: 'Hello' }),
    })
    expect(sent.status).toBe(200)
    expect(await (await fetch(`${mail?.url}/`)).text()).toContain('Hello')
    expect((await fetch(`${mail?.url}/emails`, { method: 'POST' })).status).toBe(401)
    const weather = (await (await fetch(`${providers?.url}/weather?place=Berlin`)).json()) as { place: string }
    expect(weather.place).toBe('Berlin')
  } finally {
    for (const { child } of running) child.kill('SIGTERM')
    expect(await Promise.all(running.map((one) => one.ended))).toEqual([0, 0])
    rmSync(folder, { recursive: true })
  }
})

it.each([
  [[]],
  [['mail']],
  [['mail', '--port', '1025']],
  [['other', '--port', '1025']],
  [['providers', '--port', 'x']],
])('are refused with %j', async (args) => {
  await expect(startStandIn(args, {})).rejects.toThrow(RangeError)
})
