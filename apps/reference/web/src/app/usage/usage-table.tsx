import { Badge, Table } from '../../design/index.ts'
import { formatNumber } from '../shared/format.ts'
import type { Period } from './usage-range.ts'
import { formatPeriod, meterName, type Point, type Series } from './usage-series.ts'

const PERIOD_TITLE: Readonly<Record<Period, string>> = { hour: 'Hour (UTC)', day: 'Day', month: 'Month' }

/** Everything that the chart shows, in words and numbers. Periods without usage are left out. */
export function UsageTable({ series, period }: { readonly series: Series; readonly period: Period }) {
  const rows = series.points.filter(({ events }) => events > 0)
  return (
    <Table<Point>
      caption={`${meterName(series.meter)}, by ${period}; without usage: ${series.points.length - rows.length}`}
      rows={rows}
      rowKey={({ startMs }) => String(startMs)}
      columns={[
        { key: 'period', title: PERIOD_TITLE[period], cell: ({ startMs }) => formatPeriod(startMs, period) },
        { key: 'quantity', title: 'Quantity', numeric: true, cell: ({ quantity }) => formatNumber(quantity) },
        { key: 'events', title: 'Events', numeric: true, cell: ({ events }) => formatNumber(events) },
        {
          key: 'late',
          title: 'Of these late',
          numeric: true,
          cell: ({ lateEvents, lateQuantity }) =>
            lateEvents === 0 ? (
              '0'
            ) : (
              <Badge tone="warning">
                {formatNumber(lateQuantity)} in {formatNumber(lateEvents)}
              </Badge>
            ),
        },
      ]}
    />
  )
}
