import { definePermissions } from '@greengate/kit/edge'
import { type Role, ROLES } from '@greengate/reference-base'
import type { PlatformActor } from './actor.ts'

const reads = ['organisation.read', 'members.read', 'usage.read'] as const
const writes = [...reads, 'usage.write'] as const
const manages = [...writes, 'members.manage', 'invitations.manage'] as const

/**
 * Who may do what: the only place that says so. Routes name a permission; roles are named here and nowhere else.
 * `service` is a process of ours, `founder` whoever holds the founder key: neither is in an organisation.
 */
export const permissions = definePermissions({
  permissions: [...manages, 'owners.manage', 'organisation.create', 'organisation.update', 'settings.manage'],
  roles: {
    viewer: reads,
    member: writes,
    admin: manages,
    owner: [...manages, 'owners.manage', 'organisation.update'],
    // Whoever is signed in, in whatever organisation.
    user: ['organisation.create'],
    service: ['organisation.read', 'usage.read', 'usage.write'],
    founder: ['settings.manage'],
  },
})

export type Permission = (typeof permissions.permissions)[number]

/** Whether a role in an organisation, or a process of ours, has a permission. */
export function may(role: Role | 'service', permission: Permission): boolean {
  return permissions.permits({ roles: [role] }, permission)
}

/** Whether a role may invite, change or remove somebody who is, or becomes, `target`: nobody but owners touches owners. */
export function mayManage(role: Role, target: Role): boolean {
  return may(role, 'members.manage') && (target !== 'owner' || may(role, 'owners.manage'))
}

/**
 * What is asked before a handler runs: whether an actor of this kind can have the permission at all. A person has it in
 * some organisation or in none; that is asked with the organisation in hand, by `accessTo`.
 */
export function permits(actor: PlatformActor, permission: string): boolean {
  return permissions.permits({ roles: actor.kind === 'user' ? ['user', ...ROLES] : [actor.kind] }, permission)
}
