import { signedIn } from './account-routes.ts'
import { type Exchange, type Handler, Refusal, text } from './exchange.ts'
import { idOf, type Organisation, type State } from './state.ts'

const DAY_MS = 86_400_000
const LIMIT = 20

function access(state: State, exchange: Exchange): { organisation: Organisation; role: string } {
  const { person } = signedIn(state, exchange)
  const slug = exchange.params['slug'] ?? exchange.url.searchParams.get('organisation')
  const organisation = state.organisations.find((one) => one.slug === slug)
  const role = organisation?.members.find((member) => member.person === person.id)?.role
  if (!organisation || role === undefined) throw new Refusal(404, 'not_found', 'There is nothing here.')
  return { organisation, role }
}

function managed(state: State, exchange: Exchange): Organisation {
  const { organisation, role } = access(state, exchange)
  if (role !== 'owner' && role !== 'admin') throw new Refusal(403, 'forbidden', 'Your role does not allow this.')
  return organisation
}

/** Organisations, members, invitations and usage. */
export function organisationRoutes(state: State, nowMs: () => number): Record<string, Handler> {
  const shown = ({ id, slug, name }: Organisation): object => ({
    id,
    slug,
    name,
    created_at: '2025-10-01T08:00:00.000Z',
  })
  return {
    'GET /v1/organisations/:slug': (exchange) => ({ status: 200, body: shown(access(state, exchange).organisation) }),
    'PATCH /v1/organisations/:slug': (exchange) => {
      const { organisation } = access(state, exchange)
      organisation.name = text(exchange.body, 'name')
      return { status: 200, body: shown(organisation) }
    },
    'POST /v1/organisations': (exchange) => {
      const { person } = signedIn(state, exchange)
      const slug = text(exchange.body, 'slug')
      if (state.organisations.some((one) => one.slug === slug)) {
        throw new Refusal(409, 'conflict', 'This is taken.', [{ field: 'body.slug', problem: 'is taken' }])
      }
      const made: Organisation = {
        id: idOf(slug),
        slug,
        name: text(exchange.body, 'name'),
        members: [{ person: person.id, role: 'owner', since: new Date(nowMs()).toISOString() }],
        invitations: [],
      }
      state.organisations.push(made)
      return { status: 201, body: shown(made) }
    },
    'GET /v1/organisations/:slug/members': (exchange) => {
      const { organisation } = access(state, exchange)
      const limit = Number(exchange.url.searchParams.get('limit') ?? LIMIT)
      const after = exchange.url.searchParams.get('after')
      const from = after === null ? 0 : organisation.members.findIndex(({ person }) => person === after) + 1
      const page = organisation.members.slice(from, from + limit)
      const members = page.map(({ person, role, since }) => {
        const known = state.people.find(({ id }) => id === person)
        return { user_id: person, email: known?.email ?? '', name: known?.name ?? '', role, created_at: since }
      })
      const next = from + limit < organisation.members.length ? (page.at(-1)?.person ?? null) : null
      return { status: 200, body: { members, next } }
    },
    'PATCH /v1/organisations/:slug/members/:user': (exchange) => {
      const organisation = managed(state, exchange)
      const member = organisation.members.find(({ person }) => person === exchange.params['user'])
      if (!member) throw new Refusal(404, 'not_found', 'There is nothing here.')
      const owners = organisation.members.filter(({ role }) => role === 'owner')
      if (member.role === 'owner' && owners.length === 1 && text(exchange.body, 'role') !== 'owner') {
        throw new Refusal(409, 'last_owner', 'An organisation needs an owner.')
      }
      member.role = text(exchange.body, 'role')
      const known = state.people.find(({ id }) => id === member.person)
      return {
        status: 200,
        body: {
          user_id: member.person,
          email: known?.email,
          name: known?.name,
          role: member.role,
          created_at: member.since,
        },
      }
    },
    'DELETE /v1/organisations/:slug/members/:user': (exchange) => {
      const organisation = managed(state, exchange)
      const index = organisation.members.findIndex(({ person }) => person === exchange.params['user'])
      if (index < 0) throw new Refusal(404, 'not_found', 'There is nothing here.')
      organisation.members.splice(index, 1)
      return { status: 204 }
    },
    'GET /v1/organisations/:slug/invitations': (exchange) => ({
      status: 200,
      body: { invitations: managed(state, exchange).invitations, next: null },
    }),
    'POST /v1/organisations/:slug/invitations': (exchange) => {
      const organisation = managed(state, exchange)
      const email = text(exchange.body, 'email')
      if (!email.includes('@')) {
        throw new Refusal(422, 'validation_failed', 'The request is not valid.', [
          { field: 'body.email', problem: 'is not an e-mail address' },
        ])
      }
      const made = {
        id: idOf(`${organisation.slug}:${email}`),
        email,
        role: text(exchange.body, 'role'),
        expires_at: new Date(nowMs() + 7 * DAY_MS).toISOString(),
        created_at: new Date(nowMs()).toISOString(),
      }
      organisation.invitations.push(made)
      return { status: 201, body: made }
    },
    'DELETE /v1/organisations/:slug/invitations/:id': (exchange) => {
      const organisation = managed(state, exchange)
      const index = organisation.invitations.findIndex(({ id }) => id === exchange.params['id'])
      if (index < 0) throw new Refusal(404, 'not_found', 'There is nothing here.')
      organisation.invitations.splice(index, 1)
      return { status: 204 }
    },
    'GET /v1/usage': (exchange) => {
      const { organisation } = access(state, exchange)
      const { searchParams: query } = exchange.url
      const from = Date.parse(query.get('from') ?? '')
      const to = Date.parse(query.get('to') ?? '')
      const period = query.get('period') ?? 'day'
      const usage = organisation.slug === 'acme' ? usageBetween(from, Math.min(to, nowMs()), period) : []
      return {
        status: 200,
        body: { organisation: organisation.slug, period, from: query.get('from'), to: query.get('to'), usage },
      }
    },
  }
}

/** A plausible business: busy on working days, nothing at night, a late delivery now and then. */
function usageBetween(fromMs: number, toMs: number, period: string): object[] {
  const step = period === 'hour' ? 3_600_000 : DAY_MS
  const rows: object[] = []
  for (let at = fromMs, index = 0; at < toMs && index < 800; at += step, index += 1) {
    const day = new Date(at)
    if (period === 'month' && day.getUTCDate() !== 1) continue
    const weekend = period === 'day' && (day.getUTCDay() === 0 || day.getUTCDay() === 6)
    const start = day.toISOString()
    const wave = 1 + Math.sin(index / 3) * 0.35
    if (weekend && index % 2 === 0) continue
    const calls = Math.round((weekend ? 1_200 : 8_400) * wave)
    rows.push({
      start,
      meter: 'api_calls',
      quantity: String(calls),
      events: Math.ceil(calls / 400),
      late_quantity: index % 9 === 4 ? String(Math.round(calls * 0.18)) : '0',
      late_events: index % 9 === 4 ? 2 : 0,
    })
    rows.push({
      start,
      meter: 'storage_gb_hours',
      quantity: String(Math.round(310 * wave)),
      events: 24,
      late_quantity: '0',
      late_events: 0,
    })
  }
  return rows
}
