import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERROR_CODES } from '@greengate/contracts'
import { CATALOGUE } from '@greengate/controls/catalogue'
import { describe, expect, it } from 'vitest'
import { steps } from '../scripts/reference/markdown.ts'
import { referencePages } from '../scripts/reference/pages.ts'

const root = join(import.meta.dirname, '..')
const pages = referencePages()

describe('the reference', () => {
  it.each([...pages.keys()])('%s is what `npm run reference` writes', (path) => {
    const onDisk = existsSync(join(root, path))
      ? readFileSync(join(root, path), 'utf8')
      : 'missing: run npm run reference'
    expect(onDisk).toBe(pages.get(path))
  })

  it('has a heading for every control and a row for every error', () => {
    const controls = pages.get('docs/reference/controls.md') ?? ''
    for (const control of CATALOGUE) expect(controls).toContain(`#### ${control.id}\n`)
    const errors = pages.get('docs/reference/errors.md') ?? ''
    for (const code of Object.keys(ERROR_CODES)) expect(errors).toContain(`| \`${code}\` |`)
  })

  it('lists the keys of the configuration, those inside of lists and maps included', () => {
    const rows = (pages.get('docs/reference/configuration.md') ?? '')
      .split('\n')
      .filter((line) => line.startsWith('| `'))
    expect(rows.length).toBeGreaterThan(50)
    const keys = ['service', 'start.command', 'requests.<name>.touches', 'seed[].path', 'tree.exclude']
    expect(keys.filter((key) => !rows.some((row) => row.startsWith(`| \`${key}\` |`)))).toEqual([])
  })

  it('breaks a numbered fix into steps and leaves other text alone', () => {
    expect(steps('1. Do this. 2. Set it to 1.5 s. 3. `x` it.')).toEqual([
      '1. Do this.',
      '2. Set it to 1.5 s.',
      '3. `x` it.',
    ])
    expect(steps('Answer 404. Then 2 more.')).toEqual(['Answer 404. Then 2 more.'])
  })
})
