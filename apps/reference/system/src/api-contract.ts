import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import {
  breaksSinceRelease,
  contractFile,
  releasedFile,
  SERVICES,
  servedDescription,
} from './contract/contract-files.ts'
import { startServices } from './contract/running-services.ts'

const USAGE = `node src/api-contract.ts [--release]

Starts the five processes, asks each for the description that it serves, and writes docs/openapi/<service>.json. Says what callers
of the last release would trip over, and then ends with 1.

  --release  writes docs/openapi/released/<service>.json as well: what is compared with from now on

Run prettier on what it wrote.
`

function writeJson(file: string, document: unknown): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`)
}

/** @returns the exit code */
async function run(args: readonly string[], write: (text: string) => void): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { release: { type: 'boolean', default: false } } })
  const services = await startServices()
  const breaks: string[] = []
  try {
    for (const name of SERVICES) {
      const document = await servedDescription(services.urls[name])
      breaks.push(...breaksSinceRelease(name, document))
      writeJson(contractFile(name), document)
      if (values.release) writeJson(releasedFile(name), document)
      write(`${name}: written\n`)
    }
  } finally {
    await services.stop()
  }
  for (const one of breaks) write(`breaks callers: ${one}\n`)
  return breaks.length === 0 || values.release ? 0 : 1
}

if (import.meta.main) {
  const write = (text: string): void => void process.stdout.write(text)
  try {
    process.exitCode = await run(process.argv.slice(2), write)
  } catch (error) {
    write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    process.exitCode = 1
  }
}
