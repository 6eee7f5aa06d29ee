import { useState } from 'react'
import { useParams, useSearchParams } from 'react-router'
import { Badge, Card, Empty, Notice } from '../design/index.ts'
import { useOrganisation } from './organisation/use-organisation.ts'
import { AppPage } from './shared/app-page.tsx'
import { formatCount, formatNumber } from './shared/format.ts'
import { Loaded } from './shared/loaded.tsx'
import { useLoad } from './shared/use-load.ts'
import { askUsage } from './usage/ask-usage.ts'
import { RangePicker } from './usage/range-picker.tsx'
import { UsageChart } from './usage/usage-chart.tsx'
import { choiceOf, problemsOf, type RangeChoice, type Span, spanOf } from './usage/usage-range.ts'
import { formatPeriod, meterName, type Series, seriesOf } from './usage/usage-series.ts'
import { UsageTable } from './usage/usage-table.tsx'
import './usage/usage.css'

export function Page() {
  const slug = useParams()['org'] ?? ''
  const [query] = useSearchParams()
  const { load, name, place } = useOrganisation(slug)
  const choice = choiceOf(query)
  return (
    <AppPage
      title={`Usage of ${name}`}
      lead="What was recorded, by meter. Days and months are those of UTC."
      place={place}
    >
      <Loaded load={load} what="The usage" lines={8}>
        {() => (
          <>
            {/* The fields begin anew with each address, so that back and forward show what was chosen then. */}
            <RangePicker key={query.toString()} choice={choice} />
            <Usage slug={slug} choice={choice} />
          </>
        )}
      </Loaded>
    </AppPage>
  )
}

function Usage({ slug, choice }: { readonly slug: string; readonly choice: RangeChoice }) {
  // One moment for the whole visit: the span must not move while it is looked at.
  const [nowMs] = useState(() => Date.now())
  const wrong = choice.kind === 'custom' && Object.keys(problemsOf(choice)).length > 0
  const span = spanOf(choice, nowMs)
  const usage = useLoad(wrong ? null : `usage ${slug} ${JSON.stringify(span)}`, (signal) =>
    askUsage(slug, span, signal),
  )
  if (wrong) return <Notice tone="warning" title="These days can't be shown" />
  return (
    <Loaded load={usage} what="The usage" lines={8} stillWorks="What was recorded before stays recorded.">
      {(answer) => <Meters series={seriesOf(answer.usage, span)} span={span} />}
    </Loaded>
  )
}

/** First and last period in words. */
function spanWords(span: Span): string {
  return `${formatPeriod(span.fromMs, span.period)} to ${formatPeriod(span.toMs - 1, span.period)}`
}

function Meters({ series, span }: { readonly series: readonly Series[]; readonly span: Span }) {
  if (series.length === 0) {
    return (
      <Empty title="No usage in this time">
        <p>
          From {spanWords(span)} nothing was recorded. Choose another time, or send usage events with your meter:{' '}
          <code>POST /v1/usage-events</code>.
        </p>
      </Empty>
    )
  }
  const late = series.reduce((sum, one) => sum + one.lateEvents, 0)
  return (
    <>
      {late === 0 ? null : (
        <Notice title={`${formatCount(late, 'event', 'events')} came late`}>
          <p>
            They happened in a month that was closed already. They count where they happened, and are marked in the
            charts and tables.
          </p>
        </Notice>
      )}
      {series.map((one) => (
        <Card
          key={one.meter}
          title={meterName(one.meter)}
          action={
            one.lateEvents > 0 ? (
              <Badge tone="warning">{formatCount(one.lateEvents, 'late event', 'late events')}</Badge>
            ) : null
          }
        >
          <div className="stack">
            <dl className="figures">
              <div>
                <dt>Total</dt>
                <dd>{formatNumber(one.total)}</dd>
              </div>
              <div>
                <dt>Events</dt>
                <dd>{formatNumber(one.events)}</dd>
              </div>
              <div>
                <dt>Largest {span.period}</dt>
                <dd>
                  {formatNumber(one.points.reduce((most, { quantity }) => (quantity > most ? quantity : most), 0n))}
                </dd>
              </div>
            </dl>
            <UsageChart series={one} period={span.period} />
            <details className="more">
              <summary>
                The same as a table<span className="visually-hidden">: {meterName(one.meter)}</span>
              </summary>
              <UsageTable series={one} period={span.period} />
            </details>
          </div>
        </Card>
      ))}
    </>
  )
}
