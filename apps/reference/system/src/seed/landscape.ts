import { encodePng } from './png.ts'

type Colour = readonly [red: number, green: number, blue: number]

const WIDTH = 1200
const HEIGHT = 675
const HILLS = 5

/** Hue in degrees, the others 0 to 1. */
function colour(hue: number, saturation: number, lightness: number): Colour {
  const at = (n: number): number => {
    const k = (n + hue / 30) % 12
    const spread = saturation * Math.min(lightness, 1 - lightness)
    return Math.round(255 * (lightness - spread * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
  }
  return [at(0), at(8), at(4)]
}

/** Height of a hill above the lower edge, in parts of the picture. */
function hill(which: number, seed: number, x: number): number {
  const phase = seed * 2.4 + which * 1.9
  const slope = 2 + which * 0.8
  return 0.56 - which * 0.115 + 0.055 * Math.sin(x * slope + phase) + 0.025 * Math.sin(x * slope * 2.7 + phase * 1.3)
}

/** A quiet landscape: sky, a sun, hills that fade with distance. The same for the same seed. */
export function landscape(
  seed: number,
  hue: number,
): { readonly width: number; readonly height: number; readonly png: Buffer } {
  const rgb = Buffer.alloc(WIDTH * HEIGHT * 3)
  const sky = Array.from({ length: HEIGHT }, (_, y) => colour(hue, 0.5, 0.58 + (0.34 * y) / HEIGHT))
  const sun = colour((hue + 180) % 360, 0.75, 0.82)
  const sunX = WIDTH * (0.25 + 0.5 * ((seed * 0.37) % 1))
  const sunY = HEIGHT * 0.3
  const slopes = Array.from({ length: HILLS }, (_, which) => ({
    paint: colour((hue + 12 * which) % 360, 0.34 + 0.05 * which, 0.6 - 0.1 * which),
    tops: Array.from({ length: WIDTH }, (_, x) => HEIGHT * (1 - hill(which, seed, (x / WIDTH) * 6))),
  }))
  for (let y = 0; y < HEIGHT; y += 1)
    for (let x = 0; x < WIDTH; x += 1) {
      const near = slopes.findLast(({ tops }) => y >= (tops[x] ?? HEIGHT))
      const inSun = (x - sunX) ** 2 + (y - sunY) ** 2 < (HEIGHT * 0.09) ** 2
      rgb.set(near?.paint ?? (inSun ? sun : (sky[y] ?? sun)), (y * WIDTH + x) * 3)
    }
  return { width: WIDTH, height: HEIGHT, png: encodePng(WIDTH, HEIGHT, rgb) }
}
