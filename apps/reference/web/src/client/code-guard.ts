/**
 * For when the code of a page does not come: during a release a page of the new build may ask a server of the old one. It
 * is in the page itself, before all other code, and needs none of it: the page says so in words, tells of it, and is loaded
 * anew, once. Every byte of this is in every page.
 */

declare const __RELEASE__: string

const WORDS =
  '<p class="notice notice-warning" role="alert"><b>This page did not load completely.</b> <a href="">Try again</a></p>'

// Errors of elements do not bubble.
addEventListener(
  'error',
  ({ target }) => {
    // Anything may be it: the window, a picture. Scripts of extensions are no modules.
    const { type, src, dataset } = target as HTMLScriptElement
    if (type !== 'module') return
    const main = document.querySelector('main') as HTMLElement
    // Nothing listens in there: what would have did not come.
    main.innerHTML = WORDS + main.innerHTML
    main.querySelector('.skeleton')?.remove()
    const [loaded] = performance.getEntriesByType('navigation') as [PerformanceNavigationTiming]
    // Loaded anew already, and told of before that.
    if (loaded.type === 'reload') return
    const body = JSON.stringify({
      kind: 'error',
      name: 'CodeMissing',
      message: src,
      stack: '',
      route: dataset['route'],
      release: __RELEASE__,
      fingerprint: '00000000',
    })
    // Without a connection a reload would take away what can be read.
    fetch('/client-errors', { method: 'POST', headers: { 'content-type': 'application/json' }, body }).then(
      () => location.reload(),
      () => undefined,
    )
  },
  true,
)
