import { readFileSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { startMailCatcher } from './servers/mail-catcher.ts'
import { startOutsideProviders } from './servers/outside-providers.ts'

const USAGE = `node src/stand-ins.ts mail|providers --port N

Runs one stand-in of the outside by itself, for containers: the mail catcher, which takes the key in the file that MAIL_API_KEY_FILE
names, or the recorded providers. Both answer on all addresses; neither belongs anywhere near production.
`

/** The stand-ins listen on this machine alone; in a container that is nobody, so connections are handed on. */
async function relay(port: number, targetPort: number): Promise<Server> {
  const server = createServer((socket) => {
    const target: Socket = connect(targetPort, '127.0.0.1')
    const end = (): void => {
      socket.destroy()
      target.destroy()
    }
    socket.on('error', end).on('close', end).pipe(target)
    target.on('error', end).on('close', end).pipe(socket)
  })
  server.maxConnections = 200
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '0.0.0.0', resolve)
  })
  return server
}

/**
 * Starts a stand-in for everybody who reaches the port.
 * @param env `MAIL_API_KEY_FILE` names the file with the key that the mail catcher takes
 * @returns ends it
 * @throws RangeError for arguments that make no sense
 */
export async function startStandIn(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<() => Promise<void>> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { port: { type: 'string' } },
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError('--port is missing or no port')
  const keyFile = env['MAIL_API_KEY_FILE'] ?? ''
  const [name] = positionals
  if (name !== 'mail' && name !== 'providers') throw new RangeError('say mail or providers')
  if (name === 'mail' && keyFile === '') throw new RangeError('MAIL_API_KEY_FILE is missing')
  const server =
    name === 'mail' ? await startMailCatcher(0, readFileSync(keyFile, 'utf8').trim()) : await startOutsideProviders(0)
  const relaying = await relay(port, server.port)
  return async () => {
    await server.close()
    await new Promise((resolve) => relaying.close(resolve))
  }
}

if (import.meta.main) {
  try {
    const stop = await startStandIn(process.argv.slice(2), process.env)
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop())
    process.stdout.write('started\n')
  } catch (error) {
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    process.exitCode = 64
  }
}
