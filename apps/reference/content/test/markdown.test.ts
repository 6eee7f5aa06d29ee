/**
 * Goal: whatever an editor writes becomes HTML that is safe in a page, soon, or is refused.
 * Method: texts that are known to break renderers; the thread they run in is the real one.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { Markdown } from '../src/markdown.ts'
import { renderMarkdown } from '../src/render-markdown.ts'

// What is safe is tested here, not how soon: the machine may be busy with something else.
const markdown = new Markdown({ timeoutMs: 20_000 })
afterAll(() => markdown.close())

describe('HTML', () => {
  it.each([
    ['<script>alert(1)</script>', '&lt;script&gt;'],
    ['a <img src=x onerror=alert(1)> b', '&lt;img'],
    ['<a href="javascript:alert(1)">x</a>', '&lt;a href'],
    ['&lt;b&gt;', '&lt;b&gt;'],
    ['`<b>`', '<code>&lt;b&gt;</code>'],
    ['| <b> |\n|-|', '&lt;b&gt;'],
    ['[^1]\n\n[^1]: <svg onload=x>', '&lt;svg'],
  ])('%s is text', async (text, part) => {
    const html = await markdown.render(text)
    expect(html).toContain(part)
    expect(html).not.toMatch(/<(?:script|svg|b|img)\b|<[^>]+\son\w+=/)
  })
})

describe('links', () => {
  it.each([
    '[x](javascript:alert(1))',
    '[x](JaVaScRiPt:alert(1))',
    '[x](java\nscript:alert(1))',
    '[x](&#106;avascript:alert(1))',
    '[x](vbscript:x)',
    '[x](data:text/html;base64,PHNjcmlwdD4=)',
    '![x](data:image/svg+xml;base64,PHN2Zz4=)',
    '![x](javascript:alert(1))',
    '[x][y]\n\n[y]: javascript:alert(1)',
  ])('%s leads nowhere', async (text) => {
    const html = await markdown.render(text)
    for (const [, address] of html.matchAll(/(?:href|src)="([^"]*)"/g))
      expect(address).not.toMatch(/^\s*\w*script:|^data:/i)
  })

  it('do not hand our window over, whatever their form', async () => {
    const html = await markdown.render(
      '[a](https://a.test "t") <https://b.test> https://c.test www.d.test [e](/e) x[^1]\n\n[^1]: note',
    )
    expect(html.match(/<a /g)).toHaveLength(7)
    expect(html.match(/<a rel="noopener noreferrer" href="/g)).toHaveLength(7)
  })

  it('are not found in text', async () => {
    expect(await markdown.render('`<a href=x>` and <a href=x>')).not.toContain('<a ')
    expect(await markdown.render('[x](https://a.test/?q="><a href=y>)')).not.toMatch(/<a href/)
  })
})

it('keeps tables, tasks, notes and strikethrough', () => {
  const html = renderMarkdown('# T\n\n| a |\n|-|\n| 1 |\n\n- [x] done\n\n~~old~~ note[^n]\n\n[^n]: here')
  for (const part of [
    '<h1>T</h1>',
    '<td>1</td>',
    'type="checkbox" disabled="" checked=""',
    '<del>old</del>',
    'user-content-fn-n',
  ])
    expect(html).toContain(part)
})

describe('texts that take for ever', () => {
  it.each([
    ['nested quotes', '>'.repeat(60_000)],
    ['emphasis that never ends', '*a_ '.repeat(15_000)],
    ['notes without end', `[^a]: x\n\n${'[^a]'.repeat(15_000)}`],
  ])('%s are refused, and the next text is rendered', async (_what, text) => {
    const short = new Markdown({ timeoutMs: 1500 })
    try {
      await expect(short.render(text)).rejects.toMatchObject({ code: 'validation_failed' })
      expect(await short.render('')).toBe('')
    } finally {
      await short.close()
    }
    expect(await markdown.render('*fine*')).toBe('<p><em>fine</em></p>')
  })

  it('do not hold up the service: other work goes on meanwhile', async () => {
    const short = new Markdown({ timeoutMs: 1000 })
    try {
      let turns = 0
      const rendering = short.render('>'.repeat(60_000)).catch((error: unknown) => error)
      const over = rendering.then(() => true)
      while (!(await Promise.race([over, new Promise<false>((resolve) => setImmediate(resolve, false))]))) turns += 1
      expect(turns).toBeGreaterThan(100)
    } finally {
      await short.close()
    }
  })

  it('do not take down those who wait', async () => {
    const own = new Markdown({ timeoutMs: 6000 })
    try {
      const [bad, ...good] = await Promise.allSettled([
        own.render('>'.repeat(60_000)),
        own.render('a'),
        own.render('b'),
      ])
      expect(bad?.status).toBe('rejected')
      expect(good.map((one) => one.status)).toEqual(['fulfilled', 'fulfilled'])
    } finally {
      await own.close()
    }
  })
})
