import type { BootAttempt, HttpAnswer, Instance, Testbed } from '@greengate/contracts'

/** What one defect changes: the same question to the sentinel without and with it must be answered differently. */
export type Question = (
  testbed: Testbed,
  instance: () => Promise<Instance>,
  own: () => Promise<Instance>,
) => Promise<unknown>

export const answer = (
  path: string,
  pick: (answer: HttpAnswer) => unknown,
  request: Record<string, unknown> = {},
): Question => {
  return async (_testbed, instance) => pick(await (await instance()).http({ path, timeoutMs: 6_000, ...request }))
}
export const header =
  (name: string) =>
  (got: HttpAnswer): unknown =>
    got.headers[name] ?? null
export const status = (got: HttpAnswer): unknown => got.status || got.error
export const errorOf = (got: HttpAnswer): Record<string, unknown> =>
  got.body.startsWith('{') ? ((JSON.parse(got.body) as { error?: Record<string, unknown> }).error ?? {}) : {}
export const has =
  (key: string) =>
  (got: HttpAnswer): unknown =>
    key in errorOf(got)
export const start = (
  env: Record<string, string | null>,
  pick: (attempt: BootAttempt) => unknown,
  rest: object = {},
): Question => {
  return async (testbed) => {
    const attempt = await testbed.tryBoot({ purpose: 'a question', env, readyTimeoutMs: 4_000, ...rest })
    await attempt.instance?.stop()
    return pick(attempt)
  }
}
export const outcome = (attempt: BootAttempt): unknown => attempt.outcome
export const fatalLines = (attempt: BootAttempt): readonly string[] =>
  attempt.logs.map((line) => line.text).filter((text) => text.includes('config_error'))
export const json = { 'content-type': 'application/json' }
export const post = (path: string, body: string, headers = {}): Record<string, unknown> => ({
  method: 'POST',
  body,
  headers: { ...json, ...headers },
  path,
})

export async function authorised(instance: Instance): Promise<Record<string, string>> {
  return {
    ...instance.prepare({
      method: 'GET',
      path: '/',
      headers: {},
      as: 'client',
      effect: 'read',
      touches: [],
      expect: 200,
    }).headers,
  } as Record<string, string>
}

async function flood(
  instance: Instance,
  forged: (index: number) => Record<string, string> = () => ({}),
): Promise<HttpAnswer> {
  let last = await instance.http({ path: '/api/prices', from: '127.5.5.5' })
  for (let index = 0; index < 104; index += 1)
    last = await instance.http({ path: '/errors', from: '127.5.5.5', headers: forged(index) })
  return last
}

export async function signInAs(instance: Instance, username: string, from: string): Promise<HttpAnswer> {
  return instance.http({ method: 'POST', path: '/api/sign-in', body: { username, password: 'wrong-password' }, from })
}

export const limited = (
  pick: (got: HttpAnswer) => unknown,
  forged?: (index: number) => Record<string, string>,
): Question => {
  return async (_testbed, _instance, ownInstance) => {
    const own = await ownInstance()
    const got = await flood(own, forged)
    await own.stop()
    return pick(got)
  }
}

export const locked = (username: (index: number) => string, pick: (got: HttpAnswer) => unknown = status): Question => {
  return async (_testbed, _instance, ownInstance) => {
    const own = await ownInstance()
    let got = await signInAs(own, username(0), '127.6.0.1')
    for (let index = 1; index < 8; index += 1) got = await signInAs(own, username(index), `127.6.0.${index + 1}`)
    await own.stop()
    return pick(got)
  }
}

/** Sends SIGTERM while something is under way and tells what became of it and of the process. */
const stopping = (under: (instance: Instance) => Promise<() => Promise<unknown>>): Question => {
  return async (_testbed, _instance, ownInstance) => {
    const own = await ownInstance()
    const outcomeOf = await under(own)
    own.signal('SIGTERM')
    const seen = await outcomeOf()
    const exit = await own.waitForExit(5_500)
    await own.stop()
    return { seen, code: exit?.code ?? 'still there' }
  }
}
export const slowRequest = stopping(async (own) => {
  const asked = own.http({ path: '/api/slow' })
  await new Promise((resolve) => setTimeout(resolve, 200))
  return async () => (await asked).status
})
export const halfBody = stopping(async (own) => {
  const headers = await authorised(own)
  const connection = await own.connect()
  await connection.write(
    `POST /api/items HTTP/1.1\r\nhost: x\r\nauthorization: ${headers['authorization'] ?? ''}\r\ncontent-type: application/json\r\ncontent-length: 17\r\n\r\n{"name":`,
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, 300))
    await connection.write('"a pen"} ')
    await connection.waitFor((text) => text.includes('\r\n\r\n'), 2_000)
    return connection.received().split('\r\n')[0]
  }
})
export const idleConnection = stopping(async (own) => {
  const connection = await own.connect()
  await connection.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n')
  await connection.waitFor((text) => text.includes('"ok"'), 2_000)
  return () => Promise.resolve('')
})
export const newConnection = stopping(async (own) => {
  const asked = own.http({ path: '/api/slow' })
  await new Promise((resolve) => setTimeout(resolve, 200))
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, 300))
    const refused = (await own.http({ path: '/health' })).error
    await asked
    return refused
  }
})
export const itemsWhileStopping = stopping(async (own) => {
  const asked = own.http({ path: '/api/slow' })
  await new Promise((resolve) => setTimeout(resolve, 200))
  return async () => {
    await new Promise((resolve) => setTimeout(resolve, 300))
    const seen = status(await own.http({ path: '/api/items' }))
    await asked
    return seen
  }
})
export const closesIdle: Question = async (_testbed, instance) => {
  const connection = await (await instance()).connect()
  await connection.write('GET /health HTTP/1.1\r\nhost: x\r\n\r\n')
  const { closed } = await connection.waitForClose(4_500)
  connection.destroy()
  return closed
}
export const halfRequest = (head: string): Question => {
  return async (testbed) => {
    const own = await testbed.boot({
      purpose: 'short limits',
      env: { HEADERS_TIMEOUT_MS: '400', REQUEST_TIMEOUT_MS: '600' },
    })
    const connection = await own.connect()
    await connection.write(head)
    const { closed } = await connection.waitForClose(2_500)
    connection.destroy()
    await own.stop()
    return closed
  }
}
export const faulty = (
  state: 'frozen' | 'refused',
  path: string,
  pick: (got: HttpAnswer) => unknown,
  name = 'db',
): Question => {
  return async (_testbed, _instance, ownInstance) => {
    const own = await ownInstance()
    const dependency = own.dependencies.get(name)
    await (state === 'frozen' ? dependency?.freeze() : dependency?.refuse())
    const got = pick(await own.http({ path, timeoutMs: 5_000 }))
    await own.stop()
    return got
  }
}

/** Whether what was asked shows in the metrics. */
export function counted(label: RegExp, ask: (own: Instance) => Promise<unknown>): Question {
  return async (_testbed, _instance, ownInstance) => {
    const own = await ownInstance()
    await ask(own)
    return label.test((await own.http({ path: '/metrics' })).body)
  }
}

export function logged(field: string): Question {
  return async (_testbed, instance) => {
    const own = await instance()
    await own.http({ path: '/errors' })
    await new Promise((resolve) => setTimeout(resolve, 50))
    return own.logs().some((line) => line.text.includes('"/errors"') && line.text.includes(`"${field}"`))
  }
}

export async function accepted(_testbed: Testbed, instance: () => Promise<Instance>): Promise<unknown> {
  return (
    (await (await instance()).http({ path: '/health', headers: { 'x-request-id': '<b>' } })).headers[
      'x-request-id'
    ]?.[0] === '<b>'
  )
}
