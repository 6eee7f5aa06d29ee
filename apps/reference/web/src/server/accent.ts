/** Colours made of the one that the settings say, dark or light enough to be read (WCAG 2.2, 1.4.3: 4.5 to 1). */

type Rgb = readonly [red: number, green: number, blue: number]

const CONTRAST_MIN = 4.5
/** A little more than asked for: grounds are tinted. */
const CONTRAST_WANTED = 5.2
const WHITE: Rgb = [255, 255, 255]
const BLACK: Rgb = [10, 16, 14]
const DARK_GROUND: Rgb = [25, 34, 43]

function rgbOf(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

function hexOf(colour: Rgb): string {
  return `#${colour.map((one) => Math.round(one).toString(16).padStart(2, '0')).join('')}`
}

/** Relative luminance, 0 to 1 (WCAG 2.2, definitions). */
function luminance(colour: Rgb): number {
  const [red, green, blue] = colour.map((one) => {
    const part = one / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as unknown as Rgb
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** How well two colours can be told apart, 1 to 21. */
export function contrast(one: Rgb, other: Rgb): number {
  const [light, dark] = [luminance(one), luminance(other)].toSorted((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function mix(one: Rgb, other: Rgb, share: number): Rgb {
  return one.map((part, index) => part + ((other[index] ?? 0) - part) * share) as unknown as Rgb
}

/** Hue in degrees, saturation and lightness 0 to 1. */
function hslOf(colour: Rgb): readonly [number, number, number] {
  const [red, green, blue] = colour.map((one) => one / 255) as unknown as Rgb
  const most = Math.max(red, green, blue)
  const least = Math.min(red, green, blue)
  const span = most - least
  const lightness = (most + least) / 2
  if (span === 0) return [0, 0, lightness]
  const saturation = span / (1 - Math.abs(2 * lightness - 1))
  if (most === red) return [60 * (((green - blue) / span + 6) % 6), saturation, lightness]
  return [60 * (most === green ? (blue - red) / span + 2 : (red - green) / span + 4), saturation, lightness]
}

function rgbOfHsl(hue: number, saturation: number, lightness: number): Rgb {
  const reach = saturation * Math.min(lightness, 1 - lightness)
  const part = (offset: number): number => {
    const at = (offset + hue / 30) % 12
    return 255 * (lightness - reach * Math.max(-1, Math.min(at - 3, 9 - at, 1)))
  }
  return [part(0), part(8), part(4)]
}

/** Loud colours tire the eye on a dark ground. */
const DARK_SATURATION_MAX = 0.6
const STEP = 0.01

/** The same hue, lighter or darker until it can be read on `ground`; at the end it is white or black, which always can. */
function readable(colour: Rgb, ground: Rgb, towards: 'lighter' | 'darker'): Rgb {
  const [hue, full, from] = hslOf(colour)
  const saturation = towards === 'lighter' ? Math.min(full, DARK_SATURATION_MAX) : full
  for (let lightness = from; lightness >= 0 && lightness <= 1; lightness += towards === 'lighter' ? STEP : -STEP) {
    const moved = rgbOfHsl(hue, saturation, lightness)
    if (contrast(moved, ground) >= CONTRAST_WANTED) return moved
  }
  return towards === 'lighter' ? WHITE : BLACK
}

/** What is written on a filled button. */
function on(fill: Rgb): Rgb {
  return contrast(fill, WHITE) >= CONTRAST_MIN ? WHITE : BLACK
}

function variables(fill: Rgb, text: Rgb, tint: Rgb): string {
  return `--accent-fill:${hexOf(fill)};--accent-on:${hexOf(on(fill))};--accent-text:${hexOf(text)};--accent-tint:${hexOf(tint)}`
}

/** CSS that puts the accent over the tokens, for both schemes. @param accent `#rrggbb` */
export function accentCss(accent: string): string {
  const colour = rgbOf(accent)
  const lightTint = mix(WHITE, colour, 0.1)
  const darkTint = mix(DARK_GROUND, colour, 0.22)
  const lightText = readable(colour, lightTint, 'darker')
  const darkText = readable(colour, darkTint, 'lighter')
  const light = variables(readable(colour, WHITE, 'darker'), lightText, lightTint)
  const dark = variables(readable(colour, DARK_GROUND, 'lighter'), darkText, darkTint)
  return `:root{${light}}@media (prefers-color-scheme:dark){:root{${dark}}}`
}
