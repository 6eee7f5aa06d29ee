import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readCollection } from './smoke/collection.ts'
import { runCollection, type SmokeResult } from './smoke/run.ts'

const COLLECTION = join(import.meta.dirname, '..', '..', 'operations', 'smoke.postman_collection.json')

const USAGE = `node src/smoke.ts --url URL [--ca FILE] [--email ADDRESS --organisation SLUG] [--writes] [--collection FILE]

  --url           where the gateway is, as https://localhost:8443; to sign in, exactly what its PUBLIC_URL says
  --ca            PEM file of the authority that signed its certificate
  --email         signs in as this person, whose password is in SMOKE_PASSWORD, and reads what that one may read
  --organisation  slug of an organisation of that person
  --writes        writes one usage event, twice with the same key; needs --email
  --collection    another collection

Ends with 0 when everything is as it should be, 1 when something is not, 64 when it was started wrongly.
`

/** What a run is made of, from a command line. @throws TypeError, RangeError for one that makes no sense */
function readArguments(args: readonly string[], env: Readonly<Record<string, string | undefined>>) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      url: { type: 'string' },
      ca: { type: 'string' },
      email: { type: 'string' },
      organisation: { type: 'string' },
      writes: { type: 'boolean', default: false },
      collection: { type: 'string', default: COLLECTION },
    },
  })
  if (values.url === undefined) throw new RangeError('--url is missing')
  const url = new URL(values.url)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new RangeError('--url must be http or https')
  // Never on the command line, which everybody on the machine can read.
  const password = env['SMOKE_PASSWORD']
  const isPerson = values.email !== undefined && values.organisation !== undefined && password !== undefined
  if (values.email !== undefined && !isPerson)
    throw new RangeError('--email needs --organisation, and the password in SMOKE_PASSWORD')
  if (values.writes && !isPerson) throw new RangeError('--writes needs --email')
  const variables: Record<string, string> = {
    signedIn: isPerson ? 'yes' : 'no',
    writes: values.writes ? 'yes' : 'no',
    idempotencyKey: `smoke:${randomUUID()}`,
  }
  if (isPerson) Object.assign(variables, { email: values.email, password, organisation: values.organisation })
  return { baseUrl: url.origin, ca: values.ca, collection: values.collection, variables }
}

function resultText({ folder, name, outcome, problems }: SmokeResult): string {
  return `${outcome.padEnd(8)}  ${folder} / ${name}\n${problems.map((one) => `          ${one}\n`).join('')}`
}

/**
 * Runs the smoke collection against a platform that is up.
 * @returns the exit code
 */
export async function smoke(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  write: (text: string) => void,
): Promise<number> {
  let settings: ReturnType<typeof readArguments>
  try {
    settings = readArguments(args, env)
  } catch (error) {
    write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`)
    return 64
  }
  const { baseUrl, ca, collection, variables } = settings
  const results = await runCollection(readCollection(await readFile(collection, 'utf8')), {
    baseUrl,
    variables,
    ...(ca === undefined ? {} : { ca: await readFile(ca, 'utf8') }),
    onResult: (result) => write(resultText(result)),
  })
  const count = (outcome: SmokeResult['outcome']): number => results.filter((one) => one.outcome === outcome).length
  write(`${count('passed')} passed, ${count('failed')} failed, ${count('left out')} left out\n`)
  return count('failed') === 0 && count('passed') > 0 ? 0 : 1
}

if (import.meta.main)
  process.exitCode = await smoke(process.argv.slice(2), process.env, (text) => process.stdout.write(text))
