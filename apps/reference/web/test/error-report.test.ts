// Goal: an error in a browser is told of once, and a page that fails in a loop does not become a flood.
// Method: the reporter is given errors, and what it sends is looked at.
import { describe, expect, it } from 'vitest'
import { ErrorReporter, type ErrorReport } from '../src/client/error-report.ts'

function reporter(send?: (report: ErrorReport) => void) {
  const sent: ErrorReport[] = []
  const made = new ErrorReporter({
    send: send ?? ((report) => sent.push(report)),
    route: () => '/posts/:slug',
    release: '0123456789abcdef',
  })
  return { made, sent }
}

function thrownIn(place: string, message = 'x is undefined'): TypeError {
  const error = new TypeError(message)
  error.stack = `TypeError: ${message}\n    at ${place}\n    at Frame (/assets/site.js:1:9)`
  return error
}

describe('reports of errors', () => {
  it('say what, where, and in which release', () => {
    const { made, sent } = reporter()
    expect(made.report('boundary', thrownIn('Page (/assets/post.js:1:20)'))).toBe(true)
    expect(sent).toEqual([
      expect.objectContaining({
        kind: 'boundary',
        name: 'TypeError',
        message: 'x is undefined',
        route: '/posts/:slug',
        release: '0123456789abcdef',
        fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/),
      }),
    ])
  })

  it('are sent once for one error, whoever else meets it', () => {
    const { made, sent } = reporter()
    const error = thrownIn('Page')
    made.report('boundary', error)
    expect(made.report('error', error)).toBe(false)
    expect(sent.length).toBe(1)
  })

  it('are sent once for errors that differ in numbers alone', () => {
    const { made, sent } = reporter()
    made.report('error', thrownIn('Page', 'entry 17 is missing'))
    made.report('error', thrownIn('Page', 'entry 18 is missing'))
    made.report('error', thrownIn('OtherPage', 'entry 18 is missing'))
    expect(sent.length).toBe(2)
  })

  it('are ten a visit at most', () => {
    const { made, sent } = reporter()
    for (let index = 0; index < 50; index += 1) made.report('error', thrownIn(`Page${String.fromCharCode(97 + index)}`))
    expect(sent.length).toBe(10)
  })

  it('have a length', () => {
    const { made, sent } = reporter()
    const error = thrownIn('Page', 'long '.repeat(10_000))
    made.report('error', error)
    expect(JSON.stringify(sent[0]).length).toBeLessThan(6000)
  })

  it('leave out what extensions of the browser do', () => {
    const { made, sent } = reporter()
    made.report('error', thrownIn('x (chrome-extension://abc/content.js:1:1)'))
    expect(sent).toEqual([])
  })

  it('take what is no error, and never throw', () => {
    const { made, sent } = reporter()
    for (const thrown of ['a text', undefined, null, 7]) made.report('rejection', thrown)
    expect(sent.map(({ name }) => name)).toEqual(['string', 'undefined', 'object', 'number'])
    const broken = reporter(() => {
      throw new Error('no beacon')
    })
    expect(broken.made.report('error', thrownIn('Page'))).toBe(false)
  })
})
