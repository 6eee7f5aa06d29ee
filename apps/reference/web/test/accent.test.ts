// Goal: whatever colour the settings say, texts can be read (WCAG 2.2, 1.4.3).
// Method: many colours, the worst among them, are turned into tokens, and the contrast of every pair is measured.
import { describe, expect, it } from 'vitest'
import { accentCss, contrast } from '../src/server/accent.ts'

type Rgb = readonly [number, number, number]

const GROUNDS = { light: [255, 255, 255], dark: [25, 34, 43] } as const satisfies Record<string, Rgb>

function tokens(css: string, scheme: 'light' | 'dark'): Readonly<Record<string, Rgb>> {
  const block = scheme === 'light' ? (css.split('@media')[0] ?? '') : (css.split('@media')[1] ?? '')
  return Object.fromEntries(
    [...block.matchAll(/--accent-([a-z]+):#([0-9a-f]{6})/g)].map(([, name = '', hex = '']) => {
      const value = Number.parseInt(hex, 16)
      return [name, [(value >> 16) & 255, (value >> 8) & 255, value & 255] as const]
    }),
  )
}

function at(found: Readonly<Record<string, Rgb>>, name: string): Rgb {
  const colour = found[name]
  if (!colour) throw new Error(`there is no --accent-${name}`)
  return colour
}

const steps = [0, 64, 128, 192, 255]
const COLOURS = steps.flatMap((red) =>
  steps.flatMap((green) =>
    steps.map((blue) => `#${[red, green, blue].map((one) => one.toString(16).padStart(2, '0')).join('')}`),
  ),
)

describe('the accent', () => {
  it.each(['light', 'dark'] as const)('can be read in the %s scheme, whatever it is', (scheme) => {
    const unreadable = COLOURS.flatMap((colour) => {
      const found = tokens(accentCss(colour), scheme)
      const pairs = [
        [at(found, 'on'), at(found, 'fill')],
        [at(found, 'text'), at(found, 'tint')],
        [at(found, 'text'), GROUNDS[scheme]],
        [at(found, 'fill'), GROUNDS[scheme]],
      ] as const
      return pairs.flatMap(([one, other], index) => {
        const ratio = contrast(one, other)
        return ratio >= 4.5 ? [] : [`${colour} pair ${index}: ${ratio.toFixed(2)}`]
      })
    })
    expect(COLOURS.length).toBe(125)
    expect(unreadable).toEqual([])
  })

  it('stays itself where it can be read already', () => {
    expect(accentCss('#0b6e4f')).toContain('--accent-fill:#0b6e4f')
  })
})
