import { Agent, request } from 'undici'
import type { MixedRequest } from './open-loop.ts'

/**
 * What people and machines do on a weekday: mostly reading, some of it signed in, and usage events coming in. Addresses of
 * posts and pictures are taken from what is published.
 */
export async function scenario(url: string, ca: string, token: string): Promise<readonly MixedRequest[]> {
  const dispatcher = new Agent({ connect: { ca } })
  const read = async <T>(path: string): Promise<T> => {
    const answer = await request(`${url}${path}`, { dispatcher })
    if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`)
    return (await answer.body.json()) as T
  }
  const { posts } = await read<{ posts: { slug: string; media: { url: string } | null }[] }>(
    '/v1/content/posts?limit=4',
  )
  const { docs } = await read<{ docs: { slug: string }[] }>('/v1/content/docs')
  await dispatcher.close()
  const post = posts[0]?.slug
  const doc = docs[0]?.slug
  const picture = posts.find((one) => one.media)?.media?.url
  if (post === undefined || doc === undefined || picture === undefined)
    throw new Error('there is nothing published to read: the seed did not run')
  const authorization = { authorization: `Bearer ${token}` }
  const get = (
    name: string,
    share: number,
    path: string,
    headers: Readonly<Record<string, string>> = {},
  ): MixedRequest => ({
    name,
    share,
    make: () => ({ method: 'GET', path, headers }),
    expect: [200],
  })
  const page = { accept: 'text/html', 'accept-encoding': 'br' }
  const month = 'from=2026-09-01T00:00:00Z&to=2026-12-01T00:00:00Z'
  return [
    get('home page', 10, '/', page),
    get('a post', 10, `/posts/${post}`, page),
    get('a page of the docs', 5, `/docs/${doc}`, page),
    get('newest posts', 10, '/v1/content/posts?limit=10'),
    get('a picture', 5, new URL(picture, url).pathname),
    get('public settings', 10, '/v1/settings/public'),
    get('weather', 5, '/v1/concierge/weather?place=Lisbon'),
    get('me', 15, '/v1/me', authorization),
    get('members', 5, '/v1/organisations/northwind/members?limit=50', authorization),
    get('usage by month', 10, `/v1/usage?organisation=northwind&period=month&${month}`, authorization),
    {
      name: 'a usage event',
      share: 15,
      make: (n) => ({
        method: 'POST',
        path: '/v1/usage-events',
        headers: { ...authorization, 'content-type': 'application/json' },
        body: JSON.stringify({
          organisation: 'northwind',
          idempotency_key: `bench:${n}`,
          meter: 'api_calls',
          quantity: 1 + (n % 50),
        }),
      }),
      expect: [201],
    },
  ]
}
