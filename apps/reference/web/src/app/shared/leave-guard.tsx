import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useNavigate } from 'react-router'
import { Confirm } from './confirm.tsx'

/** Where the reader wanted to go. */
type Wish = { readonly by: 'link'; readonly to: string } | { readonly by: 'history'; readonly delta: number }

/** The place in the tab's history that the router wrote down; null when it did not. */
function indexOf(state: unknown): number | null {
  const idx = typeof state === 'object' && state !== null ? (state as { idx?: unknown }).idx : undefined
  return typeof idx === 'number' ? idx : null
}

/** The path that a click leads to within this site, or null when it leads nowhere else. */
export function pathOfClick(
  event: Pick<MouseEvent, 'button' | 'metaKey' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'defaultPrevented'>,
  link: { readonly href: string; readonly target: string; readonly download: string } | null,
  here: Pick<Location, 'origin' | 'pathname' | 'search'>,
): string | null {
  if (event.defaultPrevented || event.button !== 0) return null
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return null
  if (!link || (link.target !== '' && link.target !== '_self') || link.download !== '') return null
  if (!URL.canParse(link.href)) return null
  const url = new URL(link.href)
  // Another site unloads this page: the browser asks then.
  if (url.origin !== here.origin) return null
  if (url.pathname === here.pathname && url.search === here.search) return null
  return `${url.pathname}${url.search}${url.hash}`
}

/**
 * Asks before something unsaved is left: by a link, by back and forward, and by closing the tab. A sign-in that has become
 * necessary is not asked about: the page keeps what is unsaved until it is back.
 * @param onLeave the reader gives up what is unsaved
 */
export function LeaveGuard({
  active,
  onLeave,
  children,
}: {
  readonly active: boolean
  readonly onLeave: () => void
  /** What would be lost. */
  readonly children: ReactNode
}) {
  const navigate = useNavigate()
  const [wish, setWish] = useState<Wish | null>(null)
  const letGo = useRef(false)

  useEffect(() => {
    if (!active) return
    letGo.current = false
    const here = indexOf(history.state)
    const onClick = (event: MouseEvent): void => {
      const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href]') : null
      const to = pathOfClick(event, link, location)
      if (to === null || letGo.current) return
      event.preventDefault()
      event.stopPropagation()
      setWish({ by: 'link', to })
    }
    const onPop = (event: PopStateEvent): void => {
      const there = indexOf(event.state)
      if (letGo.current || here === null || there === null) return
      // The router hears of neither the step nor of the one that takes it back.
      event.stopImmediatePropagation()
      if (there === here) return
      history.go(here - there)
      setWish({ by: 'history', delta: there - here })
    }
    const onUnload = (event: BeforeUnloadEvent): void => {
      if (!letGo.current) event.preventDefault()
    }
    document.addEventListener('click', onClick, { capture: true })
    addEventListener('popstate', onPop, { capture: true })
    addEventListener('beforeunload', onUnload)
    return () => {
      document.removeEventListener('click', onClick, { capture: true })
      removeEventListener('popstate', onPop, { capture: true })
      removeEventListener('beforeunload', onUnload)
    }
  }, [active])

  const leave = (): void => {
    letGo.current = true
    onLeave()
    setWish(null)
    if (wish?.by === 'link') void navigate(wish.to)
    if (wish?.by === 'history') history.go(wish.delta)
  }
  return (
    <Confirm
      open={wish !== null}
      title="Leave without saving?"
      yes="Leave and discard"
      no="Stay here"
      onYes={leave}
      onNo={() => setWish(null)}
    >
      {children}
    </Confirm>
  )
}
