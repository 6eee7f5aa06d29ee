import { createHash } from 'node:crypto'

export interface Person {
  readonly id: string
  readonly email: string
  name: string
  password: string
}
export interface Membership {
  readonly person: string
  role: string
  readonly since: string
}
export interface Organisation {
  readonly id: string
  readonly slug: string
  name: string
  readonly members: Membership[]
  readonly invitations: { id: string; email: string; role: string; expires_at: string; created_at: string }[]
}
export interface Session {
  readonly id: string
  readonly person: string
  readonly created_at: string
  readonly last_used_at: string
  readonly user_agent: string
  readonly address: string
}

/** A name-based id that has the form of a UUID, the same in every run. */
export function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Everything the stand-in knows; made anew for each test. */
export interface State {
  readonly people: Person[]
  readonly organisations: Organisation[]
  readonly sessions: Session[]
  /** Session ids by the value of the cookie. */
  readonly cookies: Map<string, string>
}

export const OWNER = 'mara@acme.test'
export const VIEWER = 'vic@acme.test'
export const PASSWORD = 'a long pass phrase'
const DAY_MS = 86_400_000

export function initialState(nowMs: number): State {
  const ago = (ms: number): string => new Date(nowMs - ms).toISOString()
  const person = (email: string, name: string): Person => ({ id: idOf(email), email, name, password: PASSWORD })
  const people = [person(OWNER, 'Mara Lindqvist'), person(VIEWER, 'Vic Adeyemi')]
  const names = ['Ana', 'Ben', 'Cleo', 'Dov', 'Edda', 'Finn', 'Gita', 'Hana', 'Ivo', 'Jun', 'Kaja', 'Lea', 'Mio', 'Nia']
  const crowd = Array.from({ length: 58 }, (_, index) =>
    person(
      `${(names[index % names.length] ?? 'x').toLowerCase()}${index}@acme.test`,
      names[index % names.length] ?? 'X',
    ),
  )
  people.push(...crowd)
  const acme: Organisation = {
    id: idOf('acme'),
    slug: 'acme',
    name: 'Acme Rail',
    members: [
      { person: idOf(OWNER), role: 'owner', since: ago(400 * DAY_MS) },
      { person: idOf(VIEWER), role: 'viewer', since: ago(20 * DAY_MS) },
      ...crowd.map((one, index) => ({
        person: one.id,
        role: ['member', 'admin', 'viewer'][index % 3] ?? 'member',
        since: ago((100 + index) * DAY_MS),
      })),
    ],
    invitations: [
      {
        id: idOf('invitation-1'),
        email: 'noor@partner.test',
        role: 'member',
        expires_at: new Date(nowMs + 5 * DAY_MS).toISOString(),
        created_at: ago(2 * DAY_MS),
      },
    ],
  }
  const lab: Organisation = {
    id: idOf('lab'),
    slug: 'night-lab',
    name: 'Night Lab',
    members: [{ person: idOf(OWNER), role: 'member', since: ago(10 * DAY_MS) }],
    invitations: [],
  }
  const sessions: Session[] = [
    {
      id: idOf('session-phone'),
      person: idOf(OWNER),
      created_at: ago(3 * DAY_MS),
      last_used_at: ago(5 * 3_600_000),
      user_agent:
        'Mozilla/5.0 (iPhone; CPU iPhone OS 20_1 like Mac OS X) AppleWebKit/605.1.15 Version/20.1 Safari/604.1',
      address: '198.51.100.23',
    },
    {
      id: idOf('session-office'),
      person: idOf(OWNER),
      created_at: ago(12 * DAY_MS),
      last_used_at: ago(DAY_MS),
      user_agent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0',
      address: '2001:db8::17',
    },
  ]
  return { people, organisations: [acme, lab], sessions, cookies: new Map() }
}
