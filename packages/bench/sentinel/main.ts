import http from 'node:http'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { lacks } from './defects.ts'
import { SignInLimit } from './limits.ts'
import { writeLog } from './log.ts'
import { Metrics } from './metrics.ts'
import { createSentinelServer, type SentinelServer } from './server.ts'
import { ConfigError, readSettings, type Settings } from './settings.ts'
import { Store } from './store.ts'

const EXIT_CONFIG = 78
const EXIT_DATABASE = 69
const START_LIMIT_MS = 8_000
const DRAIN_LIMIT_MS = 4_500

let accepting = true

await main()

async function main(): Promise<void> {
  const early = net.createServer((socket) => socket.destroy())
  if (lacks('port-opened-before-config')) {
    await new Promise<void>((resolve) => early.listen(Number(process.env['PORT']), '127.0.0.1', resolve))
    await delay(300)
  }
  const settings = settingsOrExit()
  early.close()
  if (!settings) return
  if (lacks('optional-dependency-blocks-start')) await fetch(settings.pricesUrl)
  const store = new Store(settings.databaseUrl)
  await prepareOrExit(store, settings)
  const sentinel = createSentinelServer({
    settings,
    store,
    metrics: new Metrics(),
    signIns: new SignInLimit(),
    base: `http://${settings.host}:${settings.port}`,
    accepting: () => accepting,
  })
  const onSignal = (signal: NodeJS.Signals): void => void stop(sentinel, store, signal)
  if (lacks('sigterm-ignored')) process.on('SIGTERM', () => undefined)
  else process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)
  sentinel.server.once('error', (error) => {
    writeLog({ level: 'fatal', event: 'listen_error', error: { name: error.name, message: error.message } })
    process.exit(1)
  })
  sentinel.server.listen({ host: settings.host, port: settings.port, backlog: 1024 }, () =>
    writeLog({ level: 'info', event: 'listening' }),
  )
}

/** Exits with 78 and one line that names every problem. */
function settingsOrExit(): Settings | null {
  try {
    return readSettings(process.env)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const { name, code, message, problems } = error
    const line = { level: 'fatal', event: 'config_error', error: { name, code, message, problems } }
    writeLog(line)
    if (lacks('config-error-logged-twice')) writeLog(line)
    if (lacks('config-error-hang')) {
      setInterval(() => undefined, 1_000)
      return null
    }
    process.exit(lacks('config-error-exit-0') ? 0 : EXIT_CONFIG)
  }
}

/** A service without its database can do nothing: it says so once and goes. */
async function prepareOrExit(store: Store, settings: Settings): Promise<void> {
  if (lacks('db-missing-hang')) {
    void store.prepare(settings.adminPassword).catch(() => undefined)
    return
  }
  const late = delay(START_LIMIT_MS, 'late' as const, { ref: false })
  const outcome = await Promise.race([
    store.prepare(settings.adminPassword).then(
      () => 'done' as const,
      () => 'failed' as const,
    ),
    late,
  ])
  if (outcome === 'done') return
  writeLog({
    level: 'fatal',
    event: 'database_missing',
    error: { name: 'DatabaseError', code: 'DATABASE_UNAVAILABLE', message: 'The database did not answer.' },
  })
  process.exit(lacks('db-missing-exit-0') ? 0 : EXIT_DATABASE)
}

/** Takes no new work, ends what is under way, then goes. */
async function stop(sentinel: SentinelServer, store: Store, signal: string): Promise<void> {
  writeLog({ level: 'info', event: 'stopping', signal })
  if (lacks('no-drain')) process.exit(0)
  accepting = false
  if (lacks('db-closed-before-drain')) void store.close()
  if (lacks('keeps-accepting-after-sigterm') || lacks('db-closed-before-drain')) {
    await delay(3_000)
    process.exit(0)
  }
  const { server, active } = sentinel
  for (const exchange of active) {
    if (lacks('drain-drops-body') && !exchange.request.complete) exchange.request.socket.destroy()
    if (lacks('drain-drops-db-wait') && exchange.request.complete) exchange.request.socket.destroy()
  }
  // The close of net.Server stops to listen and nothing else; that of http.Server would end idle connections by itself.
  const closed = new Promise<void>((resolve) => net.Server.prototype.close.call(server, () => resolve()))
  if (lacks('idle-keepalive-hangs')) {
    await closed
  } else {
    const untilMs = performance.now() + DRAIN_LIMIT_MS
    do {
      for (const socket of sentinel.idleSockets()) socket.destroySoon()
      await Promise.race([closed, delay(20)])
    } while ((active.size > 0 || sentinel.idleSockets().length > 0) && performance.now() < untilMs)
    http.Server.prototype.closeAllConnections.call(server)
  }
  await Promise.race([store.close(), delay(500)])
  // Whoever leaves the end to the runtime waits for everything that is still open.
  if (lacks('pool-left-open')) return
  writeLog({ level: 'info', event: 'stopped' })
  process.exit(lacks('sigterm-exit-1') ? 1 : 0)
}
