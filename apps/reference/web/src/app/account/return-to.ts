// The origin only serves to read the path: nothing is ever fetched from it.
const HERE = 'https://here.invalid'
const DEFAULT = '/app'

/**
 * Where to go after sign-in: a path of this site, or the overview. An address that leads elsewhere, and the sign-in pages
 * themselves, are not followed.
 */
export function returnTo(query: URLSearchParams): string {
  const wanted = query.get('return') ?? ''
  if (!wanted.startsWith('/') || wanted.length > 1024 || !URL.canParse(wanted, HERE)) return DEFAULT
  const url = new URL(wanted, HERE)
  if (url.origin !== HERE || !/^\/(?:app|admin)(?:\/|$)/.test(url.pathname)) return DEFAULT
  return `${url.pathname}${url.search}`
}

/** The sign-in page that comes back to a place. */
export function signInAt(place: { readonly pathname: string; readonly search: string }, ended: boolean): string {
  const query = new URLSearchParams({ return: `${place.pathname}${place.search}` })
  if (ended) query.set('ended', '1')
  return `/sign-in?${query.toString()}`
}

/** The token in the fragment of a mailed link, or null. Fragments are never sent to a server, so never logged. */
export function tokenOf(fragment: string): string | null {
  const token = new URLSearchParams(fragment.replace(/^#/, '')).get('token')
  return token !== null && /^[A-Za-z0-9._~+/=-]{8,512}$/.test(token) ? token : null
}
