import type { Server } from 'node:http'

/**
 * The frame of every server that is measured: says its port to its parent, answers `cpu` with the CPU time of the whole
 * process, all threads, and ends when the parent does.
 */
export async function serve(start: () => Promise<Server>): Promise<void> {
  const server = await start()
  const address = server.address()
  process.on('message', (message) => {
    if (message === 'cpu') {
      const { user, system } = process.cpuUsage()
      process.send?.({ cpuUs: user + system })
    }
  })
  process.on('disconnect', () => process.exit(0))
  process.send?.({ port: typeof address === 'object' && address ? address.port : 0 })
}
