import type { Point } from './usage-series.ts'

export interface Bar {
  readonly index: number
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** The part at the top that came late. */
  readonly lateHeight: number
}

export interface ChartLayout {
  readonly bars: readonly Bar[]
  /** Lines across, from the bottom to the top. */
  readonly lines: readonly { readonly value: number; readonly y: number }[]
  /** Names under bars: as many as there is room for. */
  readonly ticks: readonly { readonly index: number; readonly x: number; readonly anchor: 'start' | 'middle' | 'end' }[]
  readonly plot: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }
}

/** Pixels around the plot. */
const MARGIN = { left: 48, right: 8, top: 12, bottom: 28 }
const TICK_WIDTH = 72
const BAR_MIN = 1

/** A round number at least as large, of the kind that people count in: 1, 2, 2.5 or 5 times a power of ten. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  const step = [1, 2, 2.5, 5, 10].find((candidate) => candidate * power >= value) ?? 10
  return Math.max(1, step * power)
}

/** Lines for an axis from nought to at least `max`; only whole numbers, as quantities are whole. */
export function axisValues(max: number, lines = 4): number[] {
  const step = Math.max(1, Math.ceil(roundUp(max / lines)))
  const count = Math.max(1, Math.ceil(max / step))
  return Array.from({ length: count + 1 }, (_, index) => index * step)
}

/** Where everything of a bar chart goes, in pixels. */
export function layoutOf(points: readonly Point[], width: number, height: number): ChartLayout {
  const plot = {
    left: MARGIN.left,
    right: Math.max(MARGIN.left + 1, width - MARGIN.right),
    top: MARGIN.top,
    bottom: height - MARGIN.bottom,
  }
  const max = points.reduce((most, { quantity }) => Math.max(most, Number(quantity)), 0)
  const values = axisValues(max)
  const top = values.at(-1) ?? 1
  const heightOf = (value: number): number => ((plot.bottom - plot.top) * value) / top
  const slot = (plot.right - plot.left) / Math.max(1, points.length)
  const gap = slot > 4 ? Math.min(6, slot * 0.2) : 0
  const bars = points.flatMap(({ quantity, lateQuantity }, index): Bar[] => {
    if (quantity === 0n) return []
    // A little usage among much is still seen.
    const barHeight = Math.max(2, heightOf(Number(quantity)))
    const x = plot.left + index * slot + gap / 2
    const lateHeight = lateQuantity === 0n ? 0 : Math.min(barHeight, Math.max(3, heightOf(Number(lateQuantity))))
    const barWidth = Math.max(BAR_MIN, slot - gap)
    return [{ index, x, y: plot.bottom - barHeight, width: barWidth, height: barHeight, lateHeight }]
  })
  const every = Math.max(1, Math.ceil((TICK_WIDTH * points.length) / (plot.right - plot.left)))
  const ticks = points.flatMap((_, index) => {
    if (index % every !== 0) return []
    const x = plot.left + (index + 0.5) * slot
    // A name in the middle of the last bar would be cut off at the edge.
    const atEnd = x + TICK_WIDTH / 2 > width
    return [{ index, x: atEnd ? width : x, anchor: atEnd ? ('end' as const) : ('middle' as const) }]
  })
  return { bars, lines: values.map((value) => ({ value, y: plot.bottom - heightOf(value) })), ticks, plot }
}
