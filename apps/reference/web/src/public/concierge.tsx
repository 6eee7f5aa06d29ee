import { type ReactNode, useEffect, useState } from 'react'
import { request } from '../client/api.ts'
import { Card, Skeleton } from '../design/index.ts'

interface Recommendations {
  readonly recommendations: readonly {
    readonly id: string
    readonly title: string
    readonly reason: string
    readonly url: string
  }[]
  readonly isFallback: boolean
}

interface Weather {
  readonly place: string
  /** Null when nobody knows it. */
  readonly temperature_c: number | null
  readonly condition: string
  readonly isFallback: boolean
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const recommendationsReader = {
  parse(value: unknown): Recommendations {
    if (!isObject(value) || !Array.isArray(value['recommendations']))
      throw new TypeError('these are no recommendations')
    return value as unknown as Recommendations
  },
}

const weatherReader = {
  parse(value: unknown): Weather {
    const temperature = isObject(value) ? value['temperature_c'] : undefined
    if (temperature !== null && typeof temperature !== 'number') throw new TypeError('this is no weather')
    return value as unknown as Weather
  },
}

/** Where the site is at home: whoever reads it is asked for no place, and need not tell where they are. */
const WEATHER_PATH = '/v1/concierge/weather?place=Berlin'

/** Providers are given 3.5 s; this is a little more. */
const TIMEOUT_MS = 5000

type Loaded<T> =
  { readonly state: 'loading' } | { readonly state: 'failed' } | { readonly state: 'done'; readonly value: T }

/** Asked for when the page stands: nobody waits for these. */
function useLater<T>(path: string, reader: { parse(value: unknown): T }): Loaded<T> {
  const [loaded, setLoaded] = useState<Loaded<T>>({ state: 'loading' })
  useEffect(() => {
    const abort = new AbortController()
    request('GET', path, reader, { signal: abort.signal, timeoutMs: TIMEOUT_MS }).then(
      (value) => setLoaded({ state: 'done', value }),
      () => {
        if (!abort.signal.aborted) setLoaded({ state: 'failed' })
      },
    )
    return () => abort.abort()
  }, [path, reader])
  return loaded
}

/** Only addresses a browser can open go into a link, whatever the provider says. */
function safeUrl(url: string): string | null {
  const parsed = URL.parse(url, location.origin)
  return parsed?.protocol === 'https:' || parsed?.origin === location.origin ? parsed.href : null
}

function Remembered({ isFallback }: { readonly isFallback: boolean }) {
  return isFallback ? (
    <p className="meta">From memory: the provider does not answer right now, so this may be old.</p>
  ) : null
}

export function ConciergeCards() {
  return (
    <section aria-labelledby="concierge">
      <div className="section-head">
        <h2 id="concierge">For you today</h2>
      </div>
      <div className="concierge">
        <RecommendationsCard />
        <WeatherCard />
      </div>
    </section>
  )
}

function Slot<T>({
  loaded,
  lines,
  none,
  children,
}: {
  readonly loaded: Loaded<T>
  readonly lines: number
  readonly none: string
  readonly children: (value: T) => ReactNode
}) {
  if (loaded.state === 'loading') return <Skeleton lines={lines} />
  if (loaded.state === 'failed') return <p className="muted">{none}</p>
  return children(loaded.value)
}

function RecommendationsCard() {
  const loaded = useLater('/v1/concierge/recommendations', recommendationsReader)
  return (
    <Card title="Recommended" level={3}>
      <Slot loaded={loaded} lines={4} none="There are no recommendations right now.">
        {({ recommendations, isFallback }) => (
          <>
            <ul className="recommendations">
              {recommendations.slice(0, 4).map(({ id, title, reason, url }) => {
                const href = safeUrl(url)
                return (
                  <li key={id}>
                    {href === null ? <strong>{title}</strong> : <a href={href}>{title}</a>}
                    <span className="muted">{reason}</span>
                  </li>
                )
              })}
            </ul>
            {recommendations.length === 0 ? <p className="muted">There are no recommendations right now.</p> : null}
            <Remembered isFallback={isFallback} />
          </>
        )}
      </Slot>
    </Card>
  )
}

function WeatherCard() {
  const loaded = useLater(WEATHER_PATH, weatherReader)
  return (
    <Card title="Weather" level={3}>
      <Slot loaded={loaded} lines={2} none="The weather is not available right now.">
        {({ place, temperature_c: temperature, condition, isFallback }) =>
          temperature === null ? (
            <p className="muted">The weather in {place} is not known right now.</p>
          ) : (
            <>
              <p className="weather">
                <span className="weather-degrees">{Math.round(temperature)} °C</span>
                <span>
                  {condition}
                  <br />
                  <span className="muted">{place}</span>
                </span>
              </p>
              <Remembered isFallback={isFallback} />
            </>
          )
        }
      </Slot>
    </Card>
  )
}
