/** Goal: an env file is read the one way that everybody would read it, or refused. Method: cases, files, fuzz. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigError, parseEnvFile, readEnvFile } from './index.ts'

function problemsOf(text: string): string[] {
  try {
    parseEnvFile(text)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((one) => `${one.variable}: ${one.problem}`)
    throw error
  }
  return []
}

describe('parseEnvFile', () => {
  it('reads names, quotes, comments and export', () => {
    const text = [
      '\uFEFF# a comment',
      '',
      'A=1',
      ' export B = two  # said',
      `C='it is $5 # not a comment'`,
      String.raw`D="a \"b\" \\ \$c\n"`,
      'E=',
      'F=a#b',
      'G="x" # said',
      'H=price$5',
    ].join('\r\n')
    expect(parseEnvFile(text)).toEqual({
      A: '1',
      B: 'two',
      C: 'it is $5 # not a comment',
      D: 'a "b" \\ $c\n',
      E: '',
      F: 'a#b',
      G: 'x',
      H: 'price$5',
    })
  })

  it.each([
    ['A', 'line 1: is no NAME=value'],
    ['1A=x', 'line 1: is no NAME=value'],
    ['A=1\nA=1', 'line 2: sets A for the second time'],
    [
      'A="one\ntwo"',
      'line 1: (A) opens a quote that the same line does not close: values of several lines are refused',
    ],
    [`A='x' y`, 'line 1: (A) goes on after the closing quote'],
    ['A="\\x41"', 'line 1: (A) holds an escape'],
    ['A="$B"', 'line 1: (A) refers to another variable'],
    ['A=${B}', 'line 1: (A) refers to another variable'],
    ['A="$(id)"', 'line 1: (A) refers to another variable'],
    ['A=x y', 'line 1: (A) holds a blank'],
    [`A=it's`, 'line 1: (A) holds a quote'],
    ['A=`id`', 'line 1: (A) holds a quote'],
    ['A=x\\', 'line 1: (A) holds a quote or a backslash'],
  ])('refuses %j: %s', (text, problem) => expect(problemsOf(text)[0]).toContain(problem))

  it('names every line that is wrong, and no value', () => {
    const problems = problemsOf('A=fine\nB="hunter-two\nnonsense\nA=again')
    expect(problems).toHaveLength(3)
    expect(problems.join()).not.toMatch(/hunter|fine|again/)
  })

  it('is bounded', () => {
    expect(problemsOf('A=' + 'x'.repeat(70_000))).toEqual(['env file: is larger than 65536 bytes'])
    expect(problemsOf('\n'.repeat(3000))).toEqual(['env file: has more than 2000 lines'])
  })

  it('gives back what was written in single quotes, whatever it is', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,20}$/), fc.string(), (name, value) => {
        const text = value.replaceAll(/['\r\n]/g, '')
        expect(parseEnvFile(`${name}='${text}'`)).toEqual(Object.fromEntries([[name, text]]))
      }),
    )
  })

  it('refuses in its own words and never with a value', () => {
    const piece = fc.oneof(fc.constantFrom('A=', "'", '"', '\\', '$', '{', '\n', '#', 'export ', '=', ' '), fc.string())
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const marker = 'mArKeRvAlUe'
        expect(problemsOf(`${pieces.join('')}=${marker}"`).join()).not.toContain(marker)
      }),
      { numRuns: 500 },
    )
  })
})

describe('readEnvFile', () => {
  it('reads a file, or says that it cannot', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kit-env-'))
    try {
      writeFileSync(join(folder, '.env'), 'A=1\n')
      expect(readEnvFile(join(folder, '.env'))).toEqual({ A: '1' })
      for (const path of [folder, join(folder, 'absent'), '/dev/zero'])
        expect(() => readEnvFile(path)).toThrow(ConfigError)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
