import { OPERATOR, OWNER_EMAIL } from '../start/services.ts'

export interface SeededPerson {
  readonly email: string
  readonly name: string
  readonly role: 'owner' | 'admin' | 'member' | 'viewer'
  /** Slug. */
  readonly organisation: string
}

/** Of the organisation that runs the platform. */
export const OPERATOR_NAME = 'Northwind'

/** A customer, who signed up. */
export const CUSTOMER = { slug: 'contoso-labs', name: 'Contoso Labs' } as const

/** Everybody who can sign in after a first start; the first was there before anybody could invite. */
export const PEOPLE: readonly SeededPerson[] = [
  { email: OWNER_EMAIL, name: 'Olivia Berg', role: 'owner', organisation: OPERATOR },
  { email: 'adam@northwind.test', name: 'Adam Stone', role: 'admin', organisation: OPERATOR },
  { email: 'mia@northwind.test', name: 'Mia Laurent', role: 'member', organisation: OPERATOR },
  { email: 'victor@northwind.test', name: 'Victor Okafor', role: 'viewer', organisation: OPERATOR },
  { email: 'carla@contoso.test', name: 'Carla Rossi', role: 'owner', organisation: CUSTOMER.slug },
]
