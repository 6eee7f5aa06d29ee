/** Goal: who may do what. Method: the whole table, and every pair of roles, against what is written here. */
import { ROLES } from '@greengate/reference-base'
import { describe, expect, it } from 'vitest'
import { may, mayManage, type Permission, permissions, permits } from '../src/permissions.ts'

// Written out once more: a change of the table that nobody meant fails here.
const expected: Readonly<Record<string, readonly Permission[]>> = {
  viewer: ['organisation.read', 'members.read', 'usage.read'],
  member: ['organisation.read', 'members.read', 'usage.read', 'usage.write'],
  admin: ['organisation.read', 'members.read', 'usage.read', 'usage.write', 'members.manage', 'invitations.manage'],
  owner: [
    'organisation.read',
    'members.read',
    'usage.read',
    'usage.write',
    'members.manage',
    'invitations.manage',
    'owners.manage',
    'organisation.update',
  ],
  user: ['organisation.create'],
  service: ['organisation.read', 'usage.read', 'usage.write'],
  founder: ['settings.manage'],
}

describe('the table of permissions', () => {
  it('has a cell for every role and every permission, each as expected', () => {
    const cells = permissions.matrix()
    expect(cells).toHaveLength(Object.keys(expected).length * permissions.permissions.length)
    expect(cells.filter((cell) => cell.permitted !== expected[cell.role]?.includes(cell.permission))).toEqual([])
  })

  it('lets a role do what the one below it may, and more', () => {
    const falling = ROLES.map((role) => permissions.permissions.filter((permission) => may(role, permission)))
    for (const [index, granted] of falling.entries()) {
      const below = falling[index + 1] ?? []
      expect(granted).toEqual(expect.arrayContaining(below))
      expect(granted.length).toBeGreaterThan(below.length)
    }
  })

  it('lets owners manage everybody, admins everybody but owners, and others nobody', () => {
    const pairs = ROLES.flatMap((role) => ROLES.map((target) => ({ role, target, allowed: mayManage(role, target) })))
    expect(pairs).toHaveLength(16)
    for (const { role, target, allowed } of pairs)
      expect({ role, target, allowed }).toEqual({
        role,
        target,
        allowed: role === 'owner' || (role === 'admin' && target !== 'owner'),
      })
  })
})

describe('before a handler runs', () => {
  const can = (kind: 'user' | 'service' | 'founder'): string[] =>
    permissions.permissions.filter((permission) => permits({ kind, id: 'x' }, permission))

  it('a person passes with what any role has, a process and the founder with their own alone', () => {
    expect(can('user')).toEqual(permissions.permissions.filter((one) => one !== 'settings.manage'))
    expect(can('service')).toEqual(['organisation.read', 'usage.read', 'usage.write'])
    expect(can('founder')).toEqual(['settings.manage'])
  })

  it('nobody passes with a permission that does not exist', () => {
    for (const kind of ['user', 'service', 'founder'] as const)
      expect(permits({ kind, id: 'x' }, 'members.everything')).toBe(false)
  })
})
