/** Every step of the feature files. A text that matches none, or more than one, fails the run. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import type { JsonValue } from '@openfeature/server-sdk'
import { kindOf, type Level, LEVELS, valueOf, type World } from './world.ts'

type Table = readonly (readonly string[])[]
type Run = (world: World, args: readonly string[], table: Table) => void | Promise<void>

const at = (args: readonly string[], index: number): string => {
  const value = args[index]
  if (value === undefined) throw new Error(`the step has no part ${index}`)
  return value
}

const levelOf = (name: string): Level => {
  const level = LEVELS.find((one) => one === name)
  if (!level) throw new Error(`unknown level ${name}`)
  return level
}

function flagOf(world: World, kind: string, key: string, fallback: string): void {
  world.kind = kindOf(kind)
  world.key = key
  world.fallback = valueOf(world.kind, fallback)
}

const setAndEvaluate: Run = async (world, args) => {
  flagOf(world, at(args, 0), at(args, 1), at(args, 2).replaceAll('"', ''))
  await world.evaluate()
}

const rowsOf = (table: Table): Record<string, string>[] => {
  const [heading = [], ...rows] = table
  return rows.map((row) => Object.fromEntries(heading.map((name, index) => [name, at(row, index)])))
}

const checkObject: Run = (world, [first = '', second = '', third = '', a = '', b = '', c = '']) => {
  deepEqual(world.seen.value, { [first]: a === 'true', [second]: b, [third]: Number(c) })
}

const kind = '([Bb]oolean|[Ss]tring|[Ii]nteger|[Ff]loat|[Oo]bject)'

/** evaluation.feature */
const evaluation: readonly [string, Run][] = [
  [`an? ${kind} flag with key "([^"]+)" is evaluated with default value (.+)`, setAndEvaluate],
  [`an? ${kind} flag with key "([^"]+)" is evaluated with details and default value (.+)`, setAndEvaluate],
  [
    'an object flag with key "([^"]+)" is evaluated with (?:details and )?a null default value',
    async (world, args) => {
      flagOf(world, 'object', at(args, 0), 'null')
      await world.evaluate()
    },
  ],
  [
    `the resolved ${kind} value should be "?([^"]*?)"?`,
    (world, args) => deepEqual(world.seen.value, valueOf(kindOf(at(args, 0)), at(args, 1))),
  ],
  [
    'the resolved object (?:details )?value should be contain fields "([^"]+)", "([^"]+)", and "([^"]+)", with values "([^"]+)", "([^"]+)" and (\\d+), respectively',
    checkObject,
  ],
  [
    `the resolved ${kind} details value should be "?([^",]*)"?, the variant should be "([^"]+)", and the reason should be "([^"]+)"`,
    (world, args) => {
      deepEqual(world.seen.value, valueOf(kindOf(at(args, 0)), at(args, 1)))
      equal(world.seen.variant, at(args, 2))
      equal(world.seen.reason, at(args, 3))
    },
  ],
  [
    'the variant should be "([^"]+)", and the reason should be "([^"]+)"',
    (world, args) => {
      equal(world.seen.variant, at(args, 0))
      equal(world.seen.reason, at(args, 1))
    },
  ],
  [
    'context contains keys "([^"]+)", "([^"]+)", "([^"]+)", "([^"]+)" with values "([^"]+)", "([^"]+)", (\\d+), "([^"]+)"',
    (world, [a = '', b = '', c = '', d = '', one = '', two = '', three = '', four = '']) => {
      Object.assign(world.context, { [a]: one, [b]: two, [c]: Number(three), [d]: four === 'true' })
    },
  ],
  [
    'a flag with key "([^"]+)" is evaluated with default value "([^"]+)"',
    async (world, args) => {
      flagOf(world, 'string', at(args, 0), at(args, 1))
      await world.evaluate()
    },
  ],
  ['the resolved string response should be "([^"]+)"', (world, args) => equal(world.seen.value, at(args, 0))],
  [
    'the resolved flag value is "([^"]+)" when the context is empty',
    async (world, args) => {
      const fallback = typeof world.fallback === 'string' ? world.fallback : ''
      equal(await world.client.getStringValue(world.key, fallback, {}), at(args, 0))
    },
  ],
  [
    'a non-existent string flag with key "([^"]+)" is evaluated with details and a fallback value "([^"]+)"',
    async (world, args) => {
      flagOf(world, 'string', at(args, 0), at(args, 1))
      await world.evaluate()
    },
  ],
  [
    'a string flag with key "([^"]+)" is evaluated as an integer, with details and a fallback value (\\d+)',
    async (world, args) => {
      flagOf(world, 'integer', at(args, 0), at(args, 1))
      await world.evaluate()
    },
  ],
  ['the default (?:string|integer) value should be returned', (world) => equal(world.seen.value, world.fallback)],
  [
    'the reason should indicate an error and the error code should indicate a (?:missing flag|type mismatch) with "([^"]+)"',
    (world, args) => {
      equal(world.seen.reason, 'ERROR')
      equal(world.seen.errorCode, at(args, 0))
    },
  ],
]

const typed = (type: string, text: string): JsonValue => valueOf(kindOf(type), text)

/** evaluation_v2.feature and metadata.feature */
const evaluationV2: readonly [string, Run][] = [
  ['an? (stable|not ready|error|fatal|stale) provider', (world, args) => world.use(at(args, 0))],
  [
    `an? ${kind}-flag with key "([^"]+)" and a fallback value "(.*)"`,
    (world, args) => flagOf(world, at(args, 0), at(args, 1), at(args, 2)),
  ],
  ['the flag was evaluated with details', (world) => world.evaluate()],
  [
    'the resolved details value should be "(.*)"',
    (world, args) => deepEqual(world.seen.value, valueOf(world.kind, at(args, 0))),
  ],
  ['the reason should be "([^"]+)"', (world, args) => equal(world.seen.reason, at(args, 0))],
  ['the error-code should be "([^"]+)"', (world, args) => equal(world.seen.errorCode, at(args, 0))],
  ['the flag key should be "([^"]+)"', (world, args) => equal(world.seen.flagKey, at(args, 0))],
  ['the variant should be "([^"]+)"', (world, args) => equal(world.seen.variant, at(args, 0))],
  ['the provider status should be "([^"]+)"', (world, args) => equal(world.client.providerStatus, at(args, 0))],
  [
    'a context containing a key "([^"]+)", with type "([^"]+)" and with value "([^"]*)"',
    (world, args) => void Object.assign(world.context, { [at(args, 0)]: typed(at(args, 1), at(args, 2)) }),
  ],
  [
    'a context containing a key "([^"]+)" with null value',
    (world, args) => void Object.assign(world.context, { [at(args, 0)]: null }),
  ],
  [
    'the resolved metadata should contain',
    (world, _, table) => {
      const rows = rowsOf(table)
      equal(rows.length > 0, true)
      deepEqual(
        world.seen.flagMetadata,
        Object.fromEntries(rows.map((row) => [row['key'], typed(row['metadata_type'] ?? '', row['value'] ?? '')])),
      )
    },
  ],
  ['the resolved metadata is empty', (world) => deepEqual(world.seen.flagMetadata, {})],
  [
    'an evaluation context with modifiable data',
    (world) => {
      Object.assign(world.context, { targetingKey: 'somebody', nested: { list: [1, 2, 3] } })
      world.contextBefore = JSON.stringify(world.context)
    },
  ],
  [
    'the original evaluation context should remain unmodified',
    (world) => {
      ok(world.contextBefore.length > 2)
      equal(JSON.stringify(world.context), world.contextBefore)
    },
  ],
  [
    'the evaluation details should be immutable',
    async (world) => {
      const { seen } = world
      equal(Object.isFrozen(seen.flagMetadata), true)
      // What a caller does to its details reaches nobody else's.
      Reflect.set(seen, 'value', 'overwritten')
      Reflect.set(seen, 'variant', 'overwritten')
      await world.evaluate()
      equal(world.seen.value, true)
      equal(world.seen.variant, 'on')
    },
  ],
  [
    'the flag was evaluated with details asynchronously',
    async (world) => {
      let isDone = false
      const evaluation = world.start().then((details) => {
        isDone = true
        return details
      })
      // The call came back before there was a result, and what else waits in the event loop gets its turn.
      world.steppedAside = !isDone
      await setImmediate()
      world.details = await evaluation
    },
  ],
  ['the evaluation should complete without blocking', (world) => equal(world.steppedAside, true)],
  [
    'evaluation options containing specific hooks',
    (world) => {
      world.client.addHooks(world.recorder('client'))
      world.options = { hooks: [world.recorder('first'), world.recorder('second')] }
    },
  ],
  ['the flag was evaluated with details using the evaluation options', (world) => world.evaluate()],
  [
    'the specified hooks should execute during evaluation',
    (world) => {
      for (const name of ['first', 'second'])
        deepEqual(
          world.calls.filter((call) => call.hook === name).map((call) => call.stage),
          ['before', 'after', 'finally'],
        )
    },
  ],
  [
    'the hook order should be maintained',
    (world) => {
      // Specification 4.4.2: before from the client to the invocation, the others the other way round.
      const order = (stage: string): string[] =>
        world.calls.filter((call) => call.stage === stage).map((call) => call.hook)
      deepEqual(order('before'), ['client', 'first', 'second'])
      deepEqual(order('after'), ['second', 'first', 'client'])
      deepEqual(order('finally'), ['second', 'first', 'client'])
    },
  ],
]

/** hooks.feature and contextMerging.feature */
const hooksAndContext: readonly [string, Run][] = [
  ['a client with added hook', (world) => void world.client.addHooks(world.recorder('client'))],
  [
    'the "(before|error)" hook should have been executed',
    (world, args) => equal(world.calls.filter((call) => call.stage === at(args, 0)).length, 1),
  ],
  [
    'the "([a-z, ]+)" hooks should be called with evaluation details',
    (world, args, table) => {
      for (const stage of at(args, 0).split(', ')) {
        const [call] = world.calls.filter((one) => one.stage === stage)
        ok(call?.details, `no call of ${stage} with details`)
        const { flagKey, value, variant, reason, errorCode } = call.details
        const seen: Record<string, unknown> = { flag_key: flagKey, value, variant, reason, error_code: errorCode }
        for (const row of rowsOf(table)) {
          const expected = row['value'] === 'null' ? undefined : typed(row['data_type'] ?? '', row['value'] ?? '')
          deepEqual(seen[row['key'] ?? ''], expected)
        }
      }
    },
  ],
  ['a stable provider with retrievable context is registered', (world) => world.useRetrievable()],
  [
    'A context entry with key "([^"]+)" and value "([^"]+)" is added to the "([^"]+)" level',
    (world, args) => void Object.assign(world.levels[levelOf(at(args, 2))], { [at(args, 0)]: at(args, 1) }),
  ],
  ['Some flag was evaluated', (world) => world.evaluateEverywhere()],
  [
    'The merged context contains an entry with key "([^"]+)" and value "([^"]+)"',
    (world, args) => equal(world.merged?.[at(args, 0)], at(args, 1)),
  ],
  [
    'A table with levels of increasing precedence',
    (world, _, table) => void (world.precedence = table.map((row) => at(row, 0))),
  ],
  [
    'Context entries for each level from API level down to the "([^"]+)" level, with key "([^"]+)" and value "([^"]+)"',
    (world, args) => {
      const upTo = world.precedence.indexOf(at(args, 0))
      ok(upTo >= 0)
      // Each level has its own name as the value, so that the last one is seen to win.
      for (const level of world.precedence.slice(0, upTo + 1))
        Object.assign(world.levels[levelOf(level)], { [at(args, 1)]: level })
    },
  ],
]

const steps = [...evaluation, ...evaluationV2, ...hooksAndContext].map(([pattern, run]) => ({
  pattern: new RegExp(`^${pattern}$`),
  run,
}))

/** The one step for a text. @throws Error for none or several */
export function stepFor(text: string): (world: World, table: Table) => void | Promise<void> {
  const found = steps.filter(({ pattern }) => pattern.test(text))
  const [step] = found
  if (!step || found.length > 1) throw new Error(`${found.length} definitions for the step: ${text}`)
  const args = step.pattern.exec(text)?.slice(1) ?? []
  return (world, table) => step.run(world, args, table)
}
