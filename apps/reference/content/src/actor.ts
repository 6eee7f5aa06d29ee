import { definePermissions } from '@greengate/kit/edge'
import { ServiceError } from '@greengate/kit/errors'
import { type RouteRequest, routesFor } from '@greengate/kit/http'
import type { Callers, Role } from '@greengate/reference-base'
import { ZodError } from 'zod'

/** Somebody signed in, with the role in the organisation that writes the content; or another process of the platform. */
export interface ContentActor {
  readonly kind: 'user' | 'service'
  readonly id: string
  /** Empty for a stranger to that organisation, and for a process. */
  readonly roles: readonly Role[]
}

export const route = routesFor<ContentActor>()

const READ = ['content.read'] as const
const WRITE = [...READ, 'content.write'] as const
const EVERYTHING = [...WRITE, 'content.publish', 'content.delete'] as const

/** Who may do what: viewers read drafts, members write them, admins and owners decide what readers see. */
export const permissions = definePermissions({
  permissions: EVERYTHING,
  roles: { viewer: READ, member: WRITE, admin: EVERYTHING, owner: EVERYTHING },
})

/**
 * Who a token belongs to, as the platform says.
 * @returns a function that throws ServiceError `upstream_unavailable` or `upstream_timeout` when the platform gives no
 * answer, or none that makes sense: nobody is let in on a guess
 */
export function authenticator(
  callers: Pick<Callers, 'callerOf'>,
  operatorOrganisation: string,
): (token: string) => Promise<ContentActor | null> {
  return async (token) => {
    const caller = await callers.callerOf(token).catch((error: unknown) => {
      throw error instanceof ZodError ? new ServiceError('upstream_unavailable', { cause: error }) : error
    })
    if (!caller) return null
    const role = Object.hasOwn(caller.roles, operatorOrganisation) ? caller.roles[operatorOrganisation] : undefined
    return { kind: caller.kind, id: caller.id, roles: role === undefined ? [] : [role] }
  }
}

/** The actor of a route that is not public. @throws TypeError when the route is public after all */
export function actorOf(request: Pick<RouteRequest<ContentActor, unknown, unknown, unknown>, 'actor'>): ContentActor {
  if (!request.actor) throw new TypeError('a public route has no actor')
  return request.actor
}
