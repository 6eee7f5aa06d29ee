import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { definePermissions } from './index.ts'

const permissions = definePermissions({
  permissions: ['orders.read', 'orders.cancel', 'reports.export'],
  roles: { viewer: ['orders.read'], manager: ['orders.read', 'orders.cancel'], nobody: [] },
})

describe('permits', () => {
  it('gives a role what it was given, and a permission nobody holds to nobody', () => {
    expect(permissions.permits({ roles: ['viewer'] }, 'orders.read')).toBe(true)
    expect(permissions.permits({ roles: ['viewer'] }, 'orders.cancel')).toBe(false)
    expect(permissions.permits({ roles: ['nobody', 'manager'] }, 'orders.cancel')).toBe(true)
    expect(permissions.permits({ roles: ['manager'] }, 'reports.export')).toBe(false)
  })

  it.each([
    [null, 'orders.read'],
    [{ roles: [] }, 'orders.read'],
    [{ roles: ['admin'] }, 'orders.read'],
    [{ roles: ['Viewer'] }, 'orders.read'],
    [{ roles: ['viewer'] }, 'orders.delete'],
    [{ roles: ['viewer'] }, ''],
    [{ roles: ['__proto__', 'constructor', 'toString'] }, 'constructor'],
    [{ roles: ['viewer'] }, '__proto__'],
  ])('denies %j the permission %s', (actor, permission) => {
    expect(permissions.permits(actor, permission)).toBe(false)
  })

  it('agrees with a guard, the matrix and a decision', () => {
    for (const { role, permission, permitted } of permissions.matrix()) {
      const actor = { roles: [role] }
      expect(permissions.permits(actor, permission)).toBe(permitted)
      expect(permissions.guard(permission).permits(actor)).toBe(permitted)
      expect(permissions.decide({ kind: 'permission', permission }, actor).allowed).toBe(permitted)
    }
    expect(permissions.matrix()).toHaveLength(9)
    expect(permissions.guard('orders.read').permits(null)).toBe(false)
  })

  // Property: whatever roles are made up, only those declared permit anything.
  it('knows no role that was not declared', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), (roles, permission) => {
        const known = roles.includes('viewer') || roles.includes('manager')
        expect(permissions.permits({ roles }, 'orders.read')).toBe(known)
        expect(permissions.permits({ roles }, permission)).toBe(false)
      }),
    )
  })

  it('reads no more roles than an actor can have', () => {
    const roles = [...Array.from({ length: 100_000 }, (_, i) => `r${i}`), 'viewer']
    expect(permissions.permits({ roles }, 'orders.read')).toBe(false)
  })
})

describe('decide', () => {
  it.each([
    [{ kind: 'public' }, null, 'public'],
    [{ kind: 'signed-in' }, null, 'unauthenticated'],
    [{ kind: 'signed-in' }, { roles: [] }, 'signed_in'],
    [{ kind: 'permission', permission: 'orders.read' }, null, 'unauthenticated'],
    [{ kind: 'permission', permission: 'orders.read' }, { roles: ['viewer'] }, 'permitted'],
    [{ kind: 'permission', permission: 'orders.cancel' }, { roles: ['viewer'] }, 'not_permitted'],
    [{ kind: 'permission', permission: 'orders.cancel' }, { roles: ['root'] }, 'unknown_role'],
  ] as const)('%j for %j: %s', (access, actor, reason) => {
    expect(permissions.decide(access, actor).reason).toBe(reason)
  })
})

describe('declarations', () => {
  it.each([
    [{ kind: 'public' }],
    [{ kind: 'signed-in' }],
    [{ kind: 'permission', permission: 'orders.cancel' }],
  ] as const)('takes %j', (access) => {
    expect(permissions.declare('listOrders', access)).toEqual(access)
  })

  // A named regression: a route that says nothing, or nothing that is understood, must not start open.
  it.each([
    undefined,
    null,
    '',
    'public',
    true,
    {},
    [],
    { kind: 'everybody' },
    { kind: 'everybody', permission: 'orders.read' },
    { kind: 'permission' },
  ])('refuses a route that declares %j', (access) =>
    expect(() => permissions.declare('listOrders', access)).toThrow(/listOrders/),
  )

  it.each(['orders.delete', '__proto__', '', 7])('refuses the permission %s', (permission) =>
    expect(() => permissions.declare('x', { kind: 'permission', permission })).toThrow(RangeError),
  )

  it.each([
    { permissions: [], roles: {} },
    { permissions: ['a', 'a'], roles: {} },
    { permissions: ['Orders Read'], roles: {} },
    { permissions: ['a'], roles: { viewer: ['b'] } },
    { permissions: ['a'], roles: { 'bad role': [] } },
    { permissions: Array.from({ length: 1001 }, (_, i) => `p${i}`), roles: {} },
  ])('refuses %j', (options) => {
    expect(() => definePermissions(options as unknown as { permissions: string[]; roles: object })).toThrow(RangeError)
  })

  it('refuses to guard what is not declared', () => {
    expect(() => permissions.guard('orders.delete' as 'orders.read')).toThrow(RangeError)
  })
})
