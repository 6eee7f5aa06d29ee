/** Pages on which a framework says itself that it runs in its development mode; the words are those of its own template. */
const PAGES: readonly (readonly [name: string, pattern: RegExp])[] = [
  [
    'Django with DEBUG = True',
    /You(?:'|’|&#x27;|&#39;|&rsquo;)re seeing this error because you have (?:<code>)?DEBUG = True(?:<\/code>)? in\s/,
  ],
  [
    'Werkzeug debugger',
    /\/\/ Werkzeug Debugger<\/title>|<p>\s*The debugger caught an exception in your WSGI application|<div class="explanation">\s*The debugger caught an exception in your WSGI application/,
  ],
  ['Starlette debugger', /<title>Starlette Debugger<\/title>/],
  ['Rails detailed exceptions', /<title>Action Controller: Exception caught<\/title>/],
]

/** The framework whose debug page a body is, or null. */
export function debugPageIn(body: string): string | null {
  return PAGES.find(([, pattern]) => pattern.test(body))?.[0] ?? null
}
