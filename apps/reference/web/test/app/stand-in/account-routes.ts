import { type Exchange, type Handler, Refusal, text } from './exchange.ts'
import { idOf, type Person, type State } from './state.ts'

const LIFE_MS = 12 * 3_600_000
export const GOOD_TOKEN = 'good-token-0123456789'

/** The person whose session cookie came along. @throws Refusal 401 */
export function signedIn(state: State, exchange: Exchange): { person: Person; sessionId: string } {
  const cookie = /(?:^|; )(?:__Host-)?session=([^;]+)/.exec(exchange.headers.cookie ?? '')?.[1] ?? ''
  const sessionId = state.cookies.get(cookie)
  const session = state.sessions.find(({ id }) => id === sessionId)
  const person = state.people.find(({ id }) => id === session?.person)
  if (sessionId === undefined || !person) throw new Refusal(401, 'unauthenticated', 'Sign in first.')
  return { person, sessionId }
}

function checkPassword(password: string, field: string): void {
  if (password.length < 12) {
    throw new Refusal(422, 'validation_failed', 'The request is not valid.', [
      { field: `body.${field}`, problem: 'must have at least 12 characters' },
    ])
  }
}

function checkToken(token: string): void {
  if (token !== GOOD_TOKEN) throw new Refusal(422, 'token_refused', 'This link is used up or too old.')
}

/** `/session` and the routes for accounts. */
export function accountRoutes(state: State, nowMs: () => number): Record<string, Handler> {
  let signIns = 0
  return {
    'GET /session': (exchange) => {
      try {
        signedIn(state, exchange)
        return { status: 200, body: { signed_in: true } }
      } catch {
        return { status: 200, body: { signed_in: false } }
      }
    },
    'POST /session': (exchange) => {
      const email = text(exchange.body, 'email').trim().toLowerCase()
      if (email === 'locked@acme.test') throw new Refusal(429, 'sign_in_locked', 'Too many attempts to sign in.')
      if (email === 'new@acme.test') throw new Refusal(403, 'email_unverified', 'The address is not verified.')
      const person = state.people.find((one) => one.email === email)
      if (!person || person.password !== text(exchange.body, 'password')) {
        throw new Refusal(401, 'sign_in_refused', 'The address or the password is wrong.')
      }
      signIns += 1
      const cookie = `stand-in-${signIns}`
      const at = new Date(nowMs()).toISOString()
      const id = idOf(cookie)
      state.sessions.unshift({
        id,
        person: person.id,
        created_at: at,
        last_used_at: at,
        user_agent: exchange.headers['user-agent'] ?? '',
        address: '203.0.113.7',
      })
      state.cookies.set(cookie, id)
      return {
        status: 200,
        body: { user: { id: person.id, email }, expires_at: new Date(nowMs() + LIFE_MS).toISOString() },
        headers: { 'set-cookie': `session=${cookie}; HttpOnly; SameSite=Lax; Path=/` },
      }
    },
    'DELETE /session': (exchange) => {
      const { sessionId } = signedIn(state, exchange)
      end(state, (session) => session.id === sessionId)
      return { status: 204, headers: { 'set-cookie': 'session=; HttpOnly; Path=/; Max-Age=0' } }
    },
    'POST /v1/sign-up': ({ body }) => {
      checkPassword(text(body, 'password'), 'password')
      const organisation = body['organisation'] as Record<string, unknown>
      if (state.organisations.some(({ slug }) => slug === text(organisation, 'slug'))) {
        throw new Refusal(409, 'conflict', 'This is taken.', [{ field: 'body.organisation.slug', problem: 'is taken' }])
      }
      return { status: 202, body: { status: 'verification_sent' } }
    },
    'POST /v1/email-verifications': () => ({ status: 202, body: { status: 'verification_sent' } }),
    'POST /v1/email-verifications/confirm': ({ body }) => {
      checkToken(text(body, 'token'))
      return { status: 204 }
    },
    'POST /v1/password-resets': () => ({ status: 202, body: { status: 'reset_sent' } }),
    'POST /v1/password-resets/confirm': ({ body }) => {
      checkPassword(text(body, 'password'), 'password')
      checkToken(text(body, 'token'))
      return { status: 204 }
    },
    'POST /v1/invitations/accept': ({ body }) => {
      checkToken(text(body, 'token'))
      checkPassword(text(body, 'password'), 'password')
      return { status: 200, body: { organisation: { slug: 'acme', name: 'Acme Rail' } } }
    },
    'GET /v1/me': (exchange) => {
      const { person } = signedIn(state, exchange)
      const organisations = state.organisations.flatMap(({ slug, name, members }) => {
        const own = members.find((member) => member.person === person.id)
        return own ? [{ slug, name, role: own.role }] : []
      })
      return {
        status: 200,
        body: { kind: 'user', id: person.id, email: person.email, name: person.name, organisations },
      }
    },
    'GET /v1/sessions': (exchange) => {
      const { person, sessionId } = signedIn(state, exchange)
      const sessions = state.sessions
        .filter((session) => session.person === person.id)
        .map(({ person: _person, ...session }) => ({ ...session, current: session.id === sessionId }))
      return { status: 200, body: { sessions } }
    },
    'DELETE /v1/sessions': (exchange) => {
      const { person, sessionId } = signedIn(state, exchange)
      end(state, (session) => session.person === person.id && session.id !== sessionId)
      return { status: 204 }
    },
    'DELETE /v1/sessions/:id': (exchange) => {
      signedIn(state, exchange)
      end(state, (session) => session.id === exchange.params['id'])
      return { status: 204 }
    },
    'PUT /v1/me/password': (exchange) => {
      const { person } = signedIn(state, exchange)
      if (text(exchange.body, 'current_password') !== person.password) {
        throw new Refusal(403, 'password_refused', 'The current password is wrong.')
      }
      checkPassword(text(exchange.body, 'new_password'), 'new_password')
      person.password = text(exchange.body, 'new_password')
      return { status: 204 }
    },
  }
}

function end(state: State, ended: (session: { id: string; person: string }) => boolean): void {
  const kept = state.sessions.filter((session) => !ended(session))
  state.sessions.splice(0, state.sessions.length, ...kept)
}
