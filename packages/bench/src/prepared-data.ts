import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { baseEnvironment } from './environment.ts'
import { HOST, launch, type DataSource, type LaunchContext } from './launcher.ts'
import { fillPlaceholders, type PlaceholderValues } from './placeholders.ts'
import type { SandboxDatabase } from './postgres-sandbox.ts'
import { ServiceProcess } from './service-process.ts'

const TAIL_LINES = 8

/**
 * Prepares what every instance starts from, once: SQL files, the commands of `start.before`, and the seed requests, which
 * are sent to the service running on the template itself.
 * @throws GreengateError CONFIG_INVALID, START_COMMAND_NOT_FOUND, SERVICE_NOT_READY, SERVICE_DIED
 */
export async function prepareData(context: LaunchContext, configDir: string): Promise<DataSource> {
  const { config, start } = context
  const untouched = start.before.length === 0 && config.seed.length === 0
  // Templates that only SQL files made can be shared; what was done to this one makes it this testbed's own.
  const key = untouched ? '' : context.lifeline.runId
  const templates = new Map<string, SandboxDatabase>()
  for (const [name, spec] of Object.entries(config.dependencies)) {
    if (spec.kind !== 'postgres') continue
    const databases = await context.databases()
    templates.set(name, await databases.template(spec, configDir, `${name}:${key}`))
  }
  const copies: DataSource = {
    workdir: untouched ? '' : context.lifeline.folder('template-work'),
    keepsWorkdir: false,
    async database(name) {
      const databases = await context.databases()
      return { database: await databases.copy(templateOf(templates, name)), owned: true }
    },
  }
  if (untouched) return copies
  const values = await templateValues(context, templates, copies.workdir)
  for (const [index, argv] of start.before.entries()) await runBefore(context, argv, index, values)
  if (config.seed.length > 0) await seed(context, templates, copies.workdir)
  return copies
}

function templateOf(templates: ReadonlyMap<string, SandboxDatabase>, name: string): SandboxDatabase {
  const template = templates.get(name)
  if (!template) throw new GreengateError('INTERNAL', `There is no template for ${name}.`)
  return template
}

/** The commands talk to the sandbox itself: no fault is due before there is a service. */
async function templateValues(
  context: LaunchContext,
  templates: ReadonlyMap<string, SandboxDatabase>,
  workdir: string,
): Promise<PlaceholderValues> {
  const dependencies = new Map<
    string,
    PlaceholderValues['dependencies'] extends ReadonlyMap<string, infer A> ? A : never
  >()
  for (const [name, spec] of Object.entries(context.config.dependencies)) {
    if (spec.kind === 'postgres') {
      const { port } = await context.databases()
      const template = templateOf(templates, name)
      const url = `postgres://${template.user}:${template.password}@${HOST}:${port}/${template.database}`
      dependencies.set(name, { url, host: HOST, port, ...template })
    } else {
      // Port 9 is the discard service: nobody listens there, and nothing must be needed of it yet.
      dependencies.set(name, {
        url: `${spec.kind}://${HOST}:9`,
        host: HOST,
        port: 9,
        user: '',
        password: '',
        database: '',
      })
    }
  }
  return { host: HOST, port: 9, workdir, secrets: context.secrets, dependencies }
}

async function runBefore(
  context: LaunchContext,
  words: readonly string[],
  index: number,
  values: PlaceholderValues,
): Promise<void> {
  const { start, cwd, lifeline } = context
  const where = `start.before[${index}]`
  const env = baseEnvironment(cwd, lifeline.folder('template-home'))
  for (const [key, value] of Object.entries(start.env)) env[key] = fillPlaceholders(value, values, `start.env.${key}`)
  for (const [file, content] of Object.entries(start.files)) {
    const path = join(values.workdir, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, fillPlaceholders(content, values, `start.files.${file}`))
  }
  const argv = words.map((word) => fillPlaceholders(word, values, where))
  const command = await ServiceProcess.start({ name: `before-${index}`, argv, cwd, env, where }, lifeline)
  const exit = await command.waitForExit(start.readyTimeoutMs)
  await command.kill()
  if (exit?.code === 0) return
  const how = exit
    ? `ended with ${exit.signal ?? `exit code ${exit.code ?? 'unknown'}`}`
    : `did not end within ${start.readyTimeoutMs} ms`
  throw new GreengateError(
    'CONFIG_INVALID',
    `\`${words.join(' ')}\` ${how}. Its last lines:\n${context.secrets.redact(command.logs.tail(TAIL_LINES))}`,
    {
      where,
      fix: 'Run it by hand against an empty database and mend what it prints.',
    },
  )
}

async function seed(
  context: LaunchContext,
  templates: ReadonlyMap<string, SandboxDatabase>,
  workdir: string,
): Promise<void> {
  const source: DataSource = {
    workdir,
    keepsWorkdir: true,
    database: (name) => Promise.resolve({ database: templateOf(templates, name), owned: false }),
  }
  const { attempt } = await launch(context, { purpose: 'to send the seed requests' }, source)
  const { instance } = attempt
  if (!instance) {
    const died = attempt.outcome === 'exited'
    throw new GreengateError(
      died ? 'SERVICE_DIED' : 'SERVICE_NOT_READY',
      `\`${context.start.command.join(' ')}\` ${died ? `ended with ${attempt.exit?.signal ?? `exit code ${attempt.exit?.code ?? 'unknown'}`}` : 'was not ready in time'} (to send the seed requests). Its last lines:\n${context.secrets.redact(
        attempt.logs
          .slice(-TAIL_LINES)
          .map((line) => line.text)
          .join('\n'),
      )}`,
      { where: died ? 'start.command' : 'start.ready' },
    )
  }
  try {
    for (const [index, spec] of context.config.seed.entries()) {
      const answer = await instance.http(instance.prepare(spec))
      if (answer.status === spec.expect) continue
      throw new GreengateError(
        'CONFIG_INVALID',
        `The seed request ${spec.method} ${spec.path} was answered ${answer.status || answer.error}, not ${spec.expect}.`,
        {
          where: `seed[${index}]`,
          fix: 'Correct the request, or the status it `expect`s.',
        },
      )
    }
  } finally {
    await instance.stop()
  }
}
