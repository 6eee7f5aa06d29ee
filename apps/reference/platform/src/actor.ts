import { type RouteRequest, routesFor } from '@greengate/kit/http'

/** A signed-in person, another process of ours with the service token, or whoever holds the founder key. */
export interface PlatformActor {
  readonly kind: 'user' | 'service' | 'founder'
  readonly id: string
}

export const route = routesFor<PlatformActor>()

/** The actor of a route that is not public. @throws TypeError when the route is public after all */
export function actorOf(request: Pick<RouteRequest<PlatformActor, unknown, unknown, unknown>, 'actor'>): PlatformActor {
  if (!request.actor) throw new TypeError('a public route has no actor')
  return request.actor
}
