/** Who asks. The roles are those the service gave; an unknown one grants nothing. */
export interface RoleHolder {
  readonly roles: readonly string[]
}

export interface PermissionOptions<Permission extends string, Role extends string> {
  /** Everything that can be permitted: `orders.read`. 1 to 1,000. */
  readonly permissions: readonly Permission[]
  /** What each role may do. A role with an empty list may do nothing. At most 200. */
  readonly roles: Readonly<Record<Role, readonly Permission[]>>
}

/** Who may call a route. There is no default: each route says one of these. */
export type RouteAccess<Permission extends string = string> =
  /** Everybody, signed in or not. */
  | { readonly kind: 'public' }
  /** Whoever is signed in, whatever the role. */
  | { readonly kind: 'signed-in' }
  /** Whoever is signed in with a role that holds this permission. */
  | { readonly kind: 'permission'; readonly permission: Permission }

export type AccessDecision =
  | { readonly allowed: true; readonly reason: 'public' | 'signed_in' | 'permitted' }
  | { readonly allowed: false; readonly reason: 'unauthenticated' | 'unknown_role' | 'not_permitted' }

/** Whether one permission is held: made once for a route, asked on each request. */
export interface PermissionGuard<Permission extends string> {
  readonly permission: Permission
  permits(actor: RoleHolder | null): boolean
}

/** One cell of the matrix that documents, and tests, who may do what. */
export interface PermissionCell<Permission extends string, Role extends string> {
  readonly role: Role
  readonly permission: Permission
  readonly permitted: boolean
}

export interface Permissions<Permission extends string, Role extends string> {
  readonly permissions: readonly Permission[]
  readonly roles: readonly Role[]
  /** Whether a role of the actor holds the permission. False for nobody, an unknown role, an unknown permission. */
  permits(actor: RoleHolder | null, permission: string): boolean
  /** @throws RangeError for a permission that is not declared */
  guard(permission: Permission): PermissionGuard<Permission>
  /**
   * Reads what a route declares, at registration.
   * @throws RangeError when it declares nothing, something else, or a permission that does not exist
   */
  declare(route: string, access: unknown): RouteAccess<Permission>
  /** Whether the actor may call a route that declares this; null for nobody. */
  decide(access: RouteAccess<Permission>, actor: RoleHolder | null): AccessDecision
  /** Every role with every permission, in the order they were given. */
  matrix(): readonly PermissionCell<Permission, Role>[]
}

const permissionsMax = 1000
const rolesMax = 200
/** An actor with more roles is not one of ours; only the first are looked at. */
const rolesOfActorMax = 64
const permissionName = /^[a-z][a-z0-9_-]*(?:[.:][a-z0-9_-]+){0,4}$/
const roleName = /^[a-zA-Z][a-zA-Z0-9_-]{0,63}$/

const decisions = {
  public: { allowed: true, reason: 'public' },
  signedIn: { allowed: true, reason: 'signed_in' },
  permitted: { allowed: true, reason: 'permitted' },
  unauthenticated: { allowed: false, reason: 'unauthenticated' },
  unknownRole: { allowed: false, reason: 'unknown_role' },
  notPermitted: { allowed: false, reason: 'not_permitted' },
} as const satisfies Record<string, AccessDecision>

/**
 * Declares who may do what. Deny by default (OWASP ASVS 8.1, 8.2): what no role was given, nobody may do.
 * @throws RangeError for a name that is malformed or repeated, a role that names an undeclared permission, or too many
 * @example
 * const permissions = definePermissions({
 *   permissions: ['orders.read', 'orders.cancel'],
 *   roles: { viewer: ['orders.read'], manager: ['orders.read', 'orders.cancel'] },
 * })
 * permissions.permits({ roles: ['viewer'] }, 'orders.cancel') // false
 */
export function definePermissions<const Permission extends string, const Role extends string>(
  options: PermissionOptions<Permission, Role>,
): Permissions<Permission, Role> {
  return new DeclaredPermissions(options)
}

class DeclaredPermissions<Permission extends string, Role extends string> implements Permissions<Permission, Role> {
  readonly permissions: readonly Permission[]
  readonly roles: readonly Role[]
  readonly #rolesWith = new Map<string, Set<string>>()
  readonly #roles: ReadonlySet<string>

  constructor(options: PermissionOptions<Permission, Role>) {
    const { permissions } = options
    if (permissions.length === 0 || permissions.length > permissionsMax)
      throw new RangeError(`${permissions.length} permissions; expected 1 to ${permissionsMax}`)
    for (const permission of permissions) {
      if (permission.length > 128 || !permissionName.test(permission))
        throw new RangeError(`permission ${JSON.stringify(permission.slice(0, 128))}: expected a name as orders.read`)
      if (this.#rolesWith.has(permission)) throw new RangeError(`permission ${permission} is declared twice`)
      this.#rolesWith.set(permission, new Set())
    }
    const roles = Object.keys(options.roles) as Role[]
    if (roles.length > rolesMax) throw new RangeError(`${roles.length} roles; at most ${rolesMax}`)
    for (const role of roles) {
      if (!roleName.test(role)) throw new RangeError(`role ${JSON.stringify(role.slice(0, 64))} is malformed`)
      for (const permission of options.roles[role]) {
        const holders = this.#rolesWith.get(permission)
        if (!holders) throw new RangeError(`role ${role} names the permission ${permission}, which is not declared`)
        holders.add(role)
      }
    }
    this.permissions = Object.freeze([...permissions])
    this.roles = Object.freeze(roles)
    this.#roles = new Set<string>(roles)
  }

  permits(actor: RoleHolder | null, permission: string): boolean {
    const holders = this.#rolesWith.get(permission)
    return holders !== undefined && actor !== null && holdsOne(holders, actor)
  }

  guard(permission: Permission): PermissionGuard<Permission> {
    const holders = this.#rolesWith.get(permission)
    if (!holders) throw new RangeError(`permission ${String(permission)} is not declared`)
    return { permission, permits: (actor) => actor !== null && holdsOne(holders, actor) }
  }

  declare(route: string, access: unknown): RouteAccess<Permission> {
    const seen: unknown = access
    if (typeof seen === 'object' && seen !== null && 'kind' in seen) {
      if (seen.kind === 'public') return { kind: 'public' }
      if (seen.kind === 'signed-in') return { kind: 'signed-in' }
      if (seen.kind === 'permission' && 'permission' in seen) {
        const permission = this.permissions.find((known) => known === seen.permission)
        if (permission !== undefined) return { kind: 'permission', permission }
        throw new RangeError(`route ${route} asks for the permission ${String(seen.permission)}, which is not declared`)
      }
    }
    throw new RangeError(
      `route ${route} does not say who may call it; expected { kind: 'public' }, { kind: 'signed-in' } or { kind: 'permission', permission }`,
    )
  }

  decide(access: RouteAccess<Permission>, actor: RoleHolder | null): AccessDecision {
    if (access.kind === 'public') return decisions.public
    if (actor === null) return decisions.unauthenticated
    if (access.kind === 'signed-in') return decisions.signedIn
    if (this.permits(actor, access.permission)) return decisions.permitted
    return actor.roles.some((role) => this.#roles.has(role)) ? decisions.notPermitted : decisions.unknownRole
  }

  matrix(): readonly PermissionCell<Permission, Role>[] {
    return this.roles.flatMap((role) =>
      this.permissions.map((permission) => ({
        role,
        permission,
        permitted: this.#rolesWith.get(permission)?.has(role) ?? false,
      })),
    )
  }
}

function holdsOne(holders: ReadonlySet<string>, actor: RoleHolder): boolean {
  const count = Math.min(actor.roles.length, rolesOfActorMax)
  for (let i = 0; i < count; i++) {
    const role = actor.roles[i]
    if (role !== undefined && holders.has(role)) return true
  }
  return false
}
