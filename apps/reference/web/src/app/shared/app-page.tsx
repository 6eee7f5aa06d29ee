import type { ReactNode } from 'react'
import { SubNav, type SubNavLink } from '../../design/index.ts'
import { Arrival } from './arrival.tsx'
import { type EditorAccess, useEditorAccess } from './editor-access.ts'
import './app.css'

/** Where a page is in the workspace: decides what the second row of links offers. */
export type Place =
  { readonly in: 'workspace' } | { readonly in: 'organisation'; readonly slug: string; readonly name: string }

/** Links of everybody, and those of the site's editors for who may use them. */
export function linksFor(access: EditorAccess): SubNavLink[] {
  const own = [
    { to: '/app', title: 'Overview' },
    { to: '/app/account', title: 'Account' },
  ]
  if (access !== 'yes') return own
  return [
    ...own,
    { to: '/admin/content', title: 'Content' },
    { to: '/admin/media', title: 'Media' },
    { to: '/admin/settings', title: 'Settings' },
  ]
}

export function linksOf(slug: string): SubNavLink[] {
  return [
    { to: `/app/${slug}/members`, title: 'Members' },
    { to: `/app/${slug}/usage`, title: 'Usage' },
  ]
}

/** A page for who is signed in. */
export function AppPage({
  title,
  lead,
  actions,
  place = { in: 'workspace' },
  children,
}: {
  readonly title: string
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  readonly place?: Place
  readonly children: ReactNode
}) {
  const access = useEditorAccess()
  return (
    <div className="page app-page">
      <div className="app-navs">
        <SubNav label="Workspace" links={linksFor(access)} />
        {place.in === 'organisation' ? <SubNav label={place.name} links={linksOf(place.slug)} /> : null}
      </div>
      <Arrival title={title} lead={lead} actions={actions} />
      {children}
    </div>
  )
}
