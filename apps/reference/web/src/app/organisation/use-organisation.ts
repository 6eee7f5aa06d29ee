import { ApiError } from '../../client/api-error.ts'
import type { Place } from '../shared/app-page.tsx'
import { knownMe, loadMe } from '../shared/me.ts'
import type { Me, OwnOrganisation } from '../shared/readers.ts'
import { type Load, useLoad } from '../shared/use-load.ts'

export interface InOrganisation {
  readonly me: Me
  readonly organisation: OwnOrganisation
}

/** The organisation of a page and the reader's role in it; one that they have no part in is not there. */
export function useOrganisation(slug: string): {
  readonly load: Load<InOrganisation>
  readonly name: string
  readonly place: Place
} {
  const load = useLoad(`organisation ${slug}`, async (signal) => {
    const me = await loadMe(signal)
    const organisation = me.organisations.find((one) => one.slug === slug)
    if (!organisation) throw new ApiError('not_found', 'There is no such organisation.', { status: 404 })
    return { me, organisation }
  })
  const name = load.value?.organisation.name ?? knownMe()?.organisations.find((one) => one.slug === slug)?.name ?? slug
  return { load, name, place: { in: 'organisation', slug, name } }
}
