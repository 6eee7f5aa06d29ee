import { describe, expect, it } from 'vitest'
import { lastWords } from './run-steps.ts'

describe('the last words of a step', () => {
  it('are of both streams, however much one of them holds', () => {
    const words = lastWords(
      { stdout: `${'tick '.repeat(500)}1269 passed`, stderr: 'TypeError: it broke\n  at end' },
      80,
    )
    expect(words).toHaveLength(80)
    expect(words).toContain('1269 passed TypeError: it broke at end')
    expect(lastWords({ stdout: 'a'.repeat(500), stderr: `${'b'.repeat(500)}end` }, 80)).toMatch(/^a{39} b{37}end$/)
    expect(lastWords({ stdout: 'short', stderr: 'b'.repeat(500) }, 80)).toBe(`short ${'b'.repeat(74)}`)
  })

  it('hold no colours, and no space around the only stream that spoke', () => {
    expect(lastWords({ stdout: '', stderr: '\u001b[31mred\u001b[39m\n' }, 80)).toBe('red')
    expect(lastWords({ stdout: 'out', stderr: '' }, 80)).toBe('out')
    expect(lastWords({ stdout: '', stderr: '' }, 80)).toBe('')
  })
})
