import { pngOf } from './png.ts'

/** The mark on a field of 32 by 32: a gate with an arch. The same as in `src/client/site-frame.tsx`. */
const POSTS: readonly (readonly [x: number, top: number])[] = [
  [8, 13],
  [12, 15],
  [16, 13],
  [20, 15],
  [24, 13],
]
const BOTTOM = 24
const ARCH = { x: 16, y: 13, radius: 8 }
const STROKE = 2.25
const FIELD = 32
const GREEN = [0x0f, 0x7a, 0x5c] as const
const WHITE = [0xff, 0xff, 0xff] as const

export interface IconShape {
  /** Radius of the corners on a field of 32. */
  readonly corner: number
  /** Of the mark; smaller leaves room for what a system cuts off. */
  readonly scale: number
}

/** Distance from the middle of the nearest stroke, negative inside of it. */
function toMark(x: number, y: number): number {
  let nearest = Number.POSITIVE_INFINITY
  for (const [post, top] of POSTS) {
    const below = Math.min(Math.max(y, top), BOTTOM)
    nearest = Math.min(nearest, Math.hypot(x - post, y - below))
  }
  if (y <= ARCH.y) nearest = Math.min(nearest, Math.abs(Math.hypot(x - ARCH.x, y - ARCH.y) - ARCH.radius))
  return nearest - STROKE / 2
}

function toField(x: number, y: number, corner: number): number {
  const half = FIELD / 2
  const dx = Math.abs(x - half) - half + corner
  const dy = Math.abs(y - half) - half + corner
  return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - corner
}

/** How much of a pixel is inside, from its distance to the edge in pixels. */
function coverage(distance: number): number {
  return Math.min(1, Math.max(0, 0.5 - distance))
}

/** The icon as PNG. @param size pixels of a side */
export function iconPng(size: number, { corner, scale }: IconShape): Buffer {
  const pixels = new Uint8Array(size * size * 4)
  const unit = FIELD / size
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const x = (column + 0.5) * unit
      const y = (row + 0.5) * unit
      const middle = FIELD / 2
      const ink = coverage((toMark((x - middle) / scale + middle, (y - middle) / scale + middle) * scale) / unit)
      const alpha = corner === 0 ? 1 : coverage(toField(x, y, corner) / unit)
      const at = (row * size + column) * 4
      for (const [channel, ground] of GREEN.entries())
        pixels[at + channel] = Math.round(ground + ((WHITE[channel] ?? 0) - ground) * ink)
      pixels[at + 3] = Math.round(alpha * 255)
    }
  }
  return pngOf(size, size, pixels)
}

/** Every icon, by the name it is served under. */
export function icons(): Readonly<Record<string, Buffer>> {
  return {
    'icon-192.png': iconPng(192, { corner: 8, scale: 1 }),
    'icon-512.png': iconPng(512, { corner: 8, scale: 1 }),
    // A circle of 80 % of the width is all that is sure to be seen.
    'icon-maskable-512.png': iconPng(512, { corner: 0, scale: 0.72 }),
    'apple-touch-icon.png': iconPng(180, { corner: 0, scale: 0.82 }),
    'favicon-48.png': iconPng(48, { corner: 8, scale: 1 }),
  }
}
