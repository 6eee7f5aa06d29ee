import { createContext, use } from 'react'
import type { SiteSettings } from '../public/public-data.ts'

export const SiteContext = createContext<SiteSettings | null>(null)

/** Public settings of the site. @throws Error outside of the app */
export function useSite(): SiteSettings {
  const site = use(SiteContext)
  if (!site) throw new Error('there are no settings around this page')
  return site
}
