import { Link, NavLink } from 'react-router'
import { ButtonLink } from '../design/index.ts'
import { useSession } from './session.ts'
import { useSite } from './site.ts'

function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M8 24V13a8 8 0 0 1 16 0v11M16 24V13M12 24v-9M20 24v-9" />
    </svg>
  )
}

export function SiteHeader() {
  const site = useSite()
  const session = useSession()
  const signedIn = session === 'signed-in'
  return (
    <header className="site-header">
      <div className="site-header-inner">
        <Link to="/" className="brand">
          <Mark />
          <span>{site.site_title}</span>
        </Link>
        <nav className="site-nav" aria-label="Main">
          <ul>
            <li>
              <NavLink to="/posts">Posts</NavLink>
            </li>
            <li>
              <NavLink to="/docs">Docs</NavLink>
            </li>
            {signedIn ? (
              <li>
                <NavLink to="/app">Workspace</NavLink>
              </li>
            ) : null}
          </ul>
        </nav>
        <div className="site-account">
          {signedIn ? (
            <ButtonLink to="/app/account" kind="secondary" small>
              Account
            </ButtonLink>
          ) : (
            <>
              <ButtonLink to="/sign-in" kind="quiet" small>
                Sign in
              </ButtonLink>
              {site.sign_up_enabled ? (
                <ButtonLink to="/sign-up" kind="primary" small>
                  Sign up
                </ButtonLink>
              ) : null}
            </>
          )}
        </div>
      </div>
    </header>
  )
}

export function SiteFooter() {
  const site = useSite()
  return (
    <footer className="site-footer">
      <div className="site-footer-inner">
        <p className="site-footer-brand">
          <Mark />
          <span>
            <strong>{site.site_title}</strong>
            <br />
            {site.tagline}
          </span>
        </p>
        <nav aria-label="Footer">
          <ul>
            <li>
              <Link to="/posts">Posts</Link>
            </li>
            <li>
              <Link to="/docs">Documentation</Link>
            </li>
            <li>
              <a href="/feed.xml">Feed</a>
            </li>
            {site.support_email === null ? null : (
              <li>
                <a href={`mailto:${site.support_email}`}>Support</a>
              </li>
            )}
          </ul>
        </nav>
      </div>
    </footer>
  )
}
