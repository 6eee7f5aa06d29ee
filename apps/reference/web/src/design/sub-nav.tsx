import { NavLink } from 'react-router'

export interface SubNavLink {
  readonly to: string
  readonly title: string
}

/** Links within a part of the site, under its header; the current one is marked. */
export function SubNav({ label, links }: { readonly label: string; readonly links: readonly SubNavLink[] }) {
  return (
    <nav className="sub-nav" aria-label={label}>
      <ul>
        {links.map(({ to, title }) => (
          <li key={to}>
            <NavLink to={to} end>
              {title}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  )
}
