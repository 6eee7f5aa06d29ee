import { useEffect, useId, useRef, useState } from 'react'
import { formatCompact, formatNumber } from '../shared/format.ts'
import { layoutOf } from './chart-layout.ts'
import type { Period } from './usage-range.ts'
import { formatPeriod, formatTick, meterName, type Point, type Series } from './usage-series.ts'

const HEIGHT = 220
const WIDTH_DEFAULT = 640

/** What the chart says, for who does not see it; the numbers are in the table below it. */
export function describeChart({ meter, points, total }: Series, period: Period): string {
  const top = points.reduce<Point | null>((most, one) => (most && most.quantity >= one.quantity ? most : one), null)
  const peak = top === null ? '' : ` Most in ${formatPeriod(top.startMs, period)}: ${formatNumber(top.quantity)}.`
  return `${meterName(meter)} by ${period}: ${formatNumber(total)} in all.${peak}`
}

function describePoint(point: Point, period: Period): string {
  const late = point.lateEvents === 0 ? '' : `, ${formatNumber(point.lateQuantity)} of it late`
  return `${formatPeriod(point.startMs, period)}: ${formatNumber(point.quantity)}${late}`
}

/** Bars in the width that there is, so that texts keep their size on a phone. */
export function UsageChart({ series, period }: { readonly series: Series; readonly period: Period }) {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(WIDTH_DEFAULT)
  const hatch = useId()
  useEffect(() => {
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.max(240, Math.round(entry.contentRect.width)))
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const { bars, lines, ticks, plot } = layoutOf(series.points, width, HEIGHT)
  const hasLate = series.lateEvents > 0
  return (
    <figure className="usage-chart">
      <div ref={box}>
        <svg
          role="img"
          aria-label={describeChart(series, period)}
          viewBox={`0 0 ${width} ${HEIGHT}`}
          width={width}
          height={HEIGHT}
        >
          <defs>
            <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect className="chart-late-ground" width="6" height="6" />
              <rect className="chart-late-line" width="2.5" height="6" />
            </pattern>
          </defs>
          {lines.map(({ value, y }) => (
            <g key={value}>
              <line className="chart-line" x1={plot.left} x2={plot.right} y1={y} y2={y} />
              <text className="chart-text" x={plot.left - 8} y={y + 4} textAnchor="end">
                {formatCompact(value)}
              </text>
            </g>
          ))}
          {bars.map(({ index, x, y, width: barWidth, height, lateHeight }) => {
            const point = series.points[index]
            return (
              <g key={index}>
                {point ? <title>{describePoint(point, period)}</title> : null}
                <rect
                  className="chart-bar"
                  x={x}
                  y={y}
                  width={barWidth}
                  height={height}
                  rx={Math.min(3, barWidth / 3)}
                />
                {lateHeight === 0 ? null : (
                  <rect
                    className="chart-late"
                    x={x}
                    y={y}
                    width={barWidth}
                    height={lateHeight}
                    fill={`url(#${hatch})`}
                  />
                )}
              </g>
            )
          })}
          {ticks.map(({ index, x, anchor }) => (
            <text key={index} className="chart-text" x={x} y={HEIGHT - 8} textAnchor={anchor}>
              {formatTick(series.points[index]?.startMs ?? 0, period)}
            </text>
          ))}
        </svg>
      </div>
      {hasLate ? (
        <figcaption className="chart-legend">
          <svg width="16" height="16" aria-hidden="true">
            <rect className="chart-late" width="16" height="16" fill={`url(#${hatch})`} />
          </svg>
          Came late, after its month was closed
        </figcaption>
      ) : null}
    </figure>
  )
}
