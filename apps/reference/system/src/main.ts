import { readOptions, USAGE } from './start/options.ts'
import { summaryOf } from './start/summary.ts'
import { System } from './start/start-system.ts'
import { SystemError } from './start/system-folder.ts'

const EXIT = { ok: 0, failed: 1, running: 2, usage: 64 } as const

const begunMs = performance.now()
const say = (text: string): void => {
  process.stdout.write(`${((performance.now() - begunMs) / 1000).toFixed(1).padStart(5)} s  ${text}\n`)
}

async function run(args: readonly string[]): Promise<number> {
  const options = await readOptions(args)
  if (options === 'help') {
    process.stdout.write(USAGE)
    return EXIT.ok
  }
  let ended: (code: number) => void = () => {}
  const end = new Promise<number>((resolve) => (ended = resolve))
  const system = new System(options, {
    onProgress: say,
    onFailure: (reason) => {
      say(reason)
      ended(EXIT.failed)
    },
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      say('stopping')
      ended(EXIT.ok)
    })
  const started = system.start().then(
    (facts) => process.stdout.write(summaryOf(facts)),
    (error: unknown) => {
      const known = error instanceof SystemError
      say(known ? error.message : `it did not start: ${error instanceof Error ? error.message : String(error)}`)
      ended(known && error.code === 'already_running' ? EXIT.running : EXIT.failed)
    },
  )
  const code = await end
  await system.stop()
  await started
  return code
}

try {
  process.exit(await run(process.argv.slice(2)))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
  process.exit(EXIT.usage)
}
