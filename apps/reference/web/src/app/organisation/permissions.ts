export const ROLES = ['owner', 'admin', 'member', 'viewer'] as const
export type Role = (typeof ROLES)[number]

/** What a role is for, in the words of the page. */
export const ROLE_MEANING: Readonly<Record<Role, string>> = {
  owner: 'Everything, including other owners and the organisation itself',
  admin: 'Manages members and invitations, writes usage and content',
  member: 'Reads everything and writes usage',
  viewer: 'Reads only',
}

export const ROLE_NAME: Readonly<Record<Role, string>> = {
  owner: 'Owner',
  admin: 'Admin',
  member: 'Member',
  viewer: 'Viewer',
}

export function roleOf(value: string): Role | undefined {
  return ROLES.find((role) => role === value)
}

/** These rules only decide what the page offers: the server decides what happens. */
export function managesMembers(role: Role): boolean {
  return role === 'owner' || role === 'admin'
}

/** Roles that somebody may give to others; none for who manages nobody. */
export function rolesToGive(own: Role): readonly Role[] {
  if (own === 'owner') return ROLES
  return own === 'admin' ? ROLES.filter((role) => role !== 'owner') : []
}

export function mayChange(own: Role, theirs: Role): boolean {
  return rolesToGive(own).includes(theirs)
}

/** Why the page offers no changes, or null when it does. */
export function whyReadOnly(own: Role): string | null {
  if (managesMembers(own)) return null
  return `You are ${own === 'member' ? 'a member' : 'a viewer'} here. Owners and admins invite people and change roles.`
}
