import { type LazyPage, lazyPage } from './lazy-page.tsx'

/**
 * Whose pages they are: `public` ones are rendered on the server with what the CMS says; `account` and `signed-in` ones are
 * rendered in the browser alone and are never kept by a cache.
 */
export type Area = 'public' | 'account' | 'signed-in'

export interface PageRoute {
  readonly id: string
  /** As the router writes it. */
  readonly path: string
  readonly area: Area
  /** Before the site's title; a page that knows better sets its own with `usePageTitle`. */
  readonly title: string
  readonly page: LazyPage
}

/** Every page there is. The server makes its routes of the same list, so that what is not here is a 404 everywhere. */
export const routes: readonly PageRoute[] = [
  {
    id: 'home',
    path: '/',
    area: 'public',
    title: '',
    page: lazyPage(() => import('../public/home-page.tsx')),
  },
  {
    id: 'posts',
    path: '/posts',
    area: 'public',
    title: 'Posts',
    page: lazyPage(() => import('../public/posts-page.tsx')),
  },
  {
    id: 'post',
    path: '/posts/:slug',
    area: 'public',
    title: 'Post',
    page: lazyPage(() => import('../public/post-page.tsx')),
  },
  {
    id: 'docs',
    path: '/docs',
    area: 'public',
    title: 'Documentation',
    page: lazyPage(() => import('../public/docs-page.tsx')),
  },
  {
    id: 'doc',
    path: '/docs/:slug',
    area: 'public',
    title: 'Documentation',
    page: lazyPage(() => import('../public/doc-page.tsx')),
  },
  {
    id: 'offline',
    path: '/offline',
    area: 'public',
    title: 'No connection',
    page: lazyPage(() => import('../public/offline-page.tsx')),
  },
  {
    id: 'sign-in',
    path: '/sign-in',
    area: 'account',
    title: 'Sign in',
    page: lazyPage(() => import('../app/sign-in-page.tsx')),
  },
  {
    id: 'sign-up',
    path: '/sign-up',
    area: 'account',
    title: 'Sign up',
    page: lazyPage(() => import('../app/sign-up-page.tsx')),
  },
  {
    id: 'verify',
    path: '/verify',
    area: 'account',
    title: 'Confirm your address',
    page: lazyPage(() => import('../app/verify-page.tsx')),
  },
  {
    id: 'reset',
    path: '/reset',
    area: 'account',
    title: 'New password',
    page: lazyPage(() => import('../app/reset-page.tsx')),
  },
  {
    id: 'accept-invitation',
    path: '/invitations/accept',
    area: 'account',
    title: 'Accept the invitation',
    page: lazyPage(() => import('../app/accept-invitation-page.tsx')),
  },
  {
    id: 'overview',
    path: '/app',
    area: 'signed-in',
    title: 'Overview',
    page: lazyPage(() => import('../app/overview-page.tsx')),
  },
  {
    id: 'account',
    path: '/app/account',
    area: 'signed-in',
    title: 'Your account',
    page: lazyPage(() => import('../app/account-page.tsx')),
  },
  {
    id: 'members',
    path: '/app/:org/members',
    area: 'signed-in',
    title: 'Members',
    page: lazyPage(() => import('../app/members-page.tsx')),
  },
  {
    id: 'usage',
    path: '/app/:org/usage',
    area: 'signed-in',
    title: 'Usage',
    page: lazyPage(() => import('../app/usage-page.tsx')),
  },
  {
    id: 'admin-content',
    path: '/admin/content',
    area: 'signed-in',
    title: 'Content',
    page: lazyPage(() => import('../app/admin-content-page.tsx')),
  },
  {
    id: 'admin-entry',
    path: '/admin/content/:id',
    area: 'signed-in',
    title: 'Edit',
    page: lazyPage(() => import('../app/admin-entry-page.tsx')),
  },
  {
    id: 'admin-media',
    path: '/admin/media',
    area: 'signed-in',
    title: 'Media',
    page: lazyPage(() => import('../app/admin-media-page.tsx')),
  },
  {
    id: 'admin-settings',
    path: '/admin/settings',
    area: 'signed-in',
    title: 'Settings',
    page: lazyPage(() => import('../app/admin-settings-page.tsx')),
  },
]

/** Whether a route is the one of a path; parameters take one part of it. */
export function matches(route: Pick<PageRoute, 'path'>, pathname: string): boolean {
  const pattern = route.path.split('/')
  const parts = (pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname).split('/')
  return (
    pattern.length === parts.length &&
    pattern.every((one, index) => (one.startsWith(':') ? parts[index] !== '' : one === parts[index]))
  )
}

/** The route of a path; null for none. The first one wins, so fixed paths come before those with parameters. */
export function routeOf(pathname: string): PageRoute | null {
  return routes.find((route) => matches(route, pathname)) ?? null
}
