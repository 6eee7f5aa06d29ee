import { describe, expect, it } from 'vitest'
import { debugPageIn } from './debug-pages.ts'

// Goal: a page that says of itself that it is a debugger's is known, and one that only speaks of debugging is not.
describe('debugPageIn', () => {
  it.each([
    [
      'Django with DEBUG = True',
      '<div id="explanation">\n <p>\n You’re seeing this error because you have <code>DEBUG = True</code> in\n your Django settings file.',
    ],
    [
      'Django with DEBUG = True',
      "You're seeing this error because you have <code>DEBUG = True</code> in your Django settings file.",
    ],
    [
      'Django with DEBUG = True',
      'You’re seeing this error because you have DEBUG = True in your\nDjango settings file.',
    ],
    ['Werkzeug debugger', '<title>KeyError: &#39;url&#39;\n // Werkzeug Debugger</title>'],
    [
      'Werkzeug debugger',
      '<div class="explanation">\n  The debugger caught an exception in your WSGI application.  You can now',
    ],
    ['Starlette debugger', '<title>Starlette Debugger</title>'],
    ['Rails detailed exceptions', '<title>Action Controller: Exception caught</title>'],
  ])('knows the page of %s', (name, body) => {
    expect(debugPageIn(body)).toBe(name)
  })

  it.each([
    '<h1>Not Found</h1><p>The requested resource was not found on this server.</p>',
    '<p>Set DEBUG = True in your settings to see more.</p>',
    '<p>How to switch the Werkzeug Debugger off</p>',
    '{"error":{"code":"not_found","message":"No route /debugger."}}',
    "<h1>We're sorry, but something went wrong.</h1>",
  ])('says nothing of %s', (body) => {
    expect(debugPageIn(body)).toBeNull()
  })
})
