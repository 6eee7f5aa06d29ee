import { type LocalAnswer, type LocalServer, startLocalServer } from './local-server.ts'

const RECOMMENDATIONS: Readonly<Record<string, readonly [title: string, reason: string][]>> = {
  usage: [
    ['Meter what customers value', 'Teams that meter outcomes change their prices less often.'],
    ['Late events without tears', 'A closed month stays closed; what comes late is marked.'],
    ['Idempotency keys that last', 'One key names one event, for ever.'],
  ],
  content: [
    ['Write the release note first', 'Readers find what changed before they meet it.'],
    ['Pictures that load before the text', 'Width and height in the page keep it from jumping.'],
  ],
}

const WEATHER: Readonly<Record<string, readonly [celsius: number, condition: string]>> = {
  berlin: [7, 'light rain'],
  lisbon: [18, 'clear'],
  london: [11, 'overcast'],
  'new york': [9, 'partly cloudy'],
  tokyo: [15, 'clear'],
  zurich: [4, 'fog'],
}

function recommendations(topic: string): LocalAnswer {
  const found = RECOMMENDATIONS[topic] ?? Object.values(RECOMMENDATIONS).flat().slice(0, 3)
  const list = found.map(([title, reason], at) => ({
    id: `recorded-${at + 1}`,
    title,
    reason,
    url: `https://docs.example.com/${encodeURIComponent(title.toLowerCase().replaceAll(' ', '-'))}`,
  }))
  return { status: 200, body: { recommendations: list } }
}

function weather(place: string): LocalAnswer {
  const known = WEATHER[place.trim().toLowerCase()]
  if (!known) return { status: 404, body: { error: 'unknown_place' } }
  return { status: 200, body: { place, temperature_c: known[0], condition: known[1] } }
}

/** Recorded answers of the providers that production asks outside: recommendations, weather, currency rates. */
export function startOutsideProviders(port: number): Promise<LocalServer> {
  return startLocalServer(port, (request, url) => {
    if (request.method !== 'GET') return { status: 405, body: { error: 'method_not_allowed' } }
    switch (url.pathname) {
      case '/recommendations':
        return recommendations(url.searchParams.get('topic') ?? '')
      case '/weather':
        return weather(url.searchParams.get('place') ?? '')
      case '/rates':
        return { status: 200, body: { base: 'EUR', rates: { CHF: 0.9388, GBP: 0.8701, USD: 1.1632 } } }
      default:
        return { status: 404, body: { error: 'not_found' } }
    }
  })
}
