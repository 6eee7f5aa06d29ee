import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { docs, hero, posts, recommendations, weather } from '../../sample-content.ts'
import { accountRoutes } from './account-routes.ts'
import { contentRoutes, type Library } from './content-routes.ts'
import { type Answer, type Handler, match, readBody, Refusal, send } from './exchange.ts'
import { organisationRoutes } from './organisation-routes.ts'
import { sampleLibrary } from './sample-library.ts'
import { initialSettings, settingsRoutes, type SettingsRow } from './settings-routes.ts'
import { initialState, type State } from './state.ts'

/** What the pages talk to in the tests of their states: follows the contract, in memory. */
export interface StandIn {
  readonly origin: string
  readonly state: State
  readonly library: Library
  readonly settings: SettingsRow
  /** Answers instead of the usual ones, by route such as `GET /v1/usage`. */
  readonly faults: Map<string, Refusal>
  /** Routes that wait until they are let go. */
  readonly held: Map<string, Promise<void>>
  readonly seen: string[]
  /** Everything as at the start. */
  reset(): void
  close(): Promise<void>
}

const published: Record<string, Handler> = {
  'GET /v1/content/hero': () => ({ status: 200, body: hero }),
  'GET /v1/content/posts': () => ({ status: 200, body: { posts, next: null } }),
  'GET /v1/content/docs': () => ({ status: 200, body: { docs, next: null } }),
  'GET /v1/concierge/recommendations': () => ({ status: 200, body: recommendations }),
  'GET /v1/concierge/weather': () => ({ status: 200, body: weather }),
}

interface Route {
  readonly key: string
  readonly method: string
  readonly pattern: string
  readonly handler: Handler
}

function routesOf(table: Readonly<Record<string, Handler>>): Route[] {
  return Object.entries(table).map(([key, handler]) => {
    const [method = '', pattern = ''] = key.split(' ')
    return { key, method, pattern, handler }
  })
}

export async function startStandIn(nowMs: () => number = Date.now): Promise<StandIn> {
  const state = initialState(nowMs())
  const library = sampleLibrary(nowMs())
  const settings = initialSettings()
  const faults = new Map<string, Refusal>()
  const held = new Map<string, Promise<void>>()
  const seen: string[] = []
  const routes = routesOf({
    ...published,
    ...accountRoutes(state, nowMs),
    ...organisationRoutes(state, nowMs),
    ...contentRoutes(state, library, nowMs),
    ...settingsRoutes(settings),
  })

  const answer = async (request: IncomingMessage, url: URL): Promise<Answer> => {
    for (const { key, method, pattern, handler } of routes) {
      const params = method === request.method ? match(pattern, url.pathname) : null
      if (params === null) continue
      seen.push(key)
      const bytes = await readBody(request)
      await held.get(key)
      const fault = faults.get(key)
      if (fault) return fault.answer
      const isJson = request.headers['content-type']?.startsWith('application/json') ?? false
      const body = (isJson && bytes.length > 0 ? JSON.parse(bytes.toString('utf8')) : {}) as Record<string, unknown>
      return handler({ method, url, params, body, bytes, headers: request.headers })
    }
    throw new Refusal(404, 'not_found', `There is no ${request.method} ${url.pathname}.`)
  }
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', 'http://stand-in.test')
    const media = /^\/media\/\w+\/([\w-]+)\.png$/.exec(url.pathname)?.[1]
    const picture = library.media.find(({ media_id }) => media_id === media)
    if (picture) {
      response.writeHead(200, { 'content-type': 'image/png' }).end(picture.bytes)
      return
    }
    answer(request, url).then(
      (given) => send(response, given),
      (error: unknown) => send(response, error instanceof Refusal ? error.answer : { status: 500 }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    origin: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`,
    state,
    library,
    settings,
    faults,
    held,
    seen,
    reset: () => {
      const fresh = initialState(nowMs())
      const books = sampleLibrary(nowMs())
      state.people.splice(0, state.people.length, ...fresh.people)
      state.organisations.splice(0, state.organisations.length, ...fresh.organisations)
      state.sessions.splice(0, state.sessions.length, ...fresh.sessions)
      state.cookies.clear()
      library.entries.splice(0, library.entries.length, ...books.entries)
      library.media.splice(0, library.media.length, ...books.media)
      Object.assign(settings, initialSettings())
      faults.clear()
      held.clear()
      seen.length = 0
    },
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
