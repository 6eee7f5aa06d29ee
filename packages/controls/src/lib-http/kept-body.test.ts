import { describe, expect, it } from 'vitest'
import { errorFields } from './envelope.ts'
import { type Exchange, recordExchange } from './exchange.ts'
import { keptBody } from './kept-body.ts'
import { bodyLeaks } from './leaks.ts'

const style = `<!doctype html><html><head><style>${'.frame { margin: 0; padding: 4px; color: #333 } '.repeat(120)}</style></head>`
const codes = (kept: string): string[] => bodyLeaks(kept, '/nothing').map((leak) => leak.code)

function recorded(body: string): Exchange {
  const headers = { 'content-type': ['application/json'] }
  const answer = { status: 422, headers, body, truncated: false, durationMs: 1, error: '' }
  return recordExchange('validation', { path: '/nothing' }, answer)
}

// Goal: what a debug page gives away after a long head is kept. Method: pages as debuggers write them, head first.
describe('a long error page', () => {
  it.each([
    ['stack-trace', '<pre>Error: x\n    at next (/srv/app/server.js:10:3)\n</pre>'],
    ['stack-trace', '<pre>Error: x<br> &nbsp; &nbsp;at async Object.handle (file:///srv/app/server.js:10:3)</pre>'],
    ['stack-trace', '<textarea>Traceback (most recent call last):\n  File &quot;/srv/app.py&quot;, line 3</textarea>'],
    ['stack-trace', '<pre>at com.acme.Api.handle(Api.java:42)</pre>'],
    ['stack-trace', '<pre>goroutine 12 [running]:\nmain.main()</pre>'],
    ['stack-trace', '<code>app/models/order.rb:17:in `total&#39;</code>'],
    ['stack-trace', '<b>Fatal error</b>: x in <b>/var/www/a.php</b> on line <b>12</b>'],
    ['stack-trace', '<pre>   at Acme.Api.Get() in /src/Api.cs:line 12</pre>'],
    ['stack-trace', "<pre>thread 'main' panicked at src/main.rs:4:5</pre>"],
    ['sql', '<h1>SQLSTATE[42S02]: Base table or view not found</h1>'],
    ['sql', '<p>relation &quot;items&quot; does not exist</p>'],
    ['internal-address', '<p>connect ECONNREFUSED 10.1.2.3:5432</p>'],
  ])('keeps what shows a %s: %s', (code, shown) => {
    const page = `${style}<body>${'<p>words of the page</p>'.repeat(50)}${shown}${'<p>more</p>'.repeat(500)}</body>`
    const kept = keptBody(page, '/nothing')
    expect(codes(page.slice(0, 1500))).toEqual([])
    expect(codes(kept)).toContain(code)
    expect(kept.length).toBeLessThan(2500)
  })

  // Sound pages of servers and of web clients; their scripts and words stand where a trace would.
  it.each([
    '<script type="module">import("/_app/immutable/entry/start.abc.js")</script>',
    '<script>self.__next_f.push([1,"\\"/_next/static/chunks/app/layout-1a2b.js\\""])</script>',
    '<script type="importmap">{"imports":{"hello":"/assets/controllers/hello-1a2b.js"}}</script>',
    '<script>window.e=function(t){throw"TypeError: "+t}</script>',
    "<p>Don't panic: we are on it.</p>",
    '<p>Generated\n    at 2026-11-21 19:24:15 (10:20:30 here)</p>',
    '<p>Look\n at the page of 19:24:15</p>',
    '<p>Select an item from the list.</p>',
    '<script>const api = "https://api.shop.rs:8443"</script>',
  ])('keeps nothing more of %s', (words) => {
    const page = `${style}<body>${words}${'<p>more</p>'.repeat(500)}</body>`
    expect(keptBody(page, '/nothing')).toBe(page.slice(0, 1500))
  })

  it('does not take for a leak what the request itself sent', () => {
    const sent = '/x%0Agoroutine%2012%20['
    expect(keptBody(`${style}<p>Nothing at ${decodeURIComponent(sent)}</p>`, sent)).not.toContain('goroutine')
  })

  // Method: a bound in steps would be one of the patterns; runs on which a careless pattern takes minutes have to end at all.
  it.each(['\n', ' ', 'a', '/a', 'at ', '(', 'a.rb', '"'])('is searched in bounded time: %j over and over', (piece) => {
    const page = piece.repeat(Math.ceil((256 * 1024) / piece.length))
    expect(keptBody(page, '/nothing').length).toBeLessThan(4000)
  })
})

// Goal: a sound envelope is not cut to pieces that are none.
describe('a long JSON error', () => {
  const envelope = (details: unknown): string =>
    JSON.stringify({ error: { details, code: 'validation_failed', message: 'No.', help: '/errors/validation_failed' } })

  it('stays JSON with its code', () => {
    const details = Array.from({ length: 60 }, (_, n) => ({ path: `items.${n}.name`, message: 'expected a string' }))
    const exchange = recorded(envelope(details))
    expect(errorFields(exchange).code).toBe('validation_failed')
    expect(exchange.body.length).toBeLessThan(1500)
  })

  it('stays JSON with a long text in it', () => {
    expect(errorFields(recorded(envelope('word '.repeat(2000)))).code).toBe('validation_failed')
  })

  it.each([
    ['early', `Error: x\n    at next (/srv/a.js:1:2)\n${'word '.repeat(2000)}`],
    ['late', `${'word '.repeat(2000)}\n    at next (/srv/a.js:1:2)`],
  ])('with a stack keeps the stack: %s', (_, stack) => {
    expect(codes(recorded(envelope({ stack })).body)).toContain('stack-trace')
  })

  it('that is short is kept as it is', () => {
    expect(recorded(envelope(null)).body).toBe(envelope(null))
  })
})
