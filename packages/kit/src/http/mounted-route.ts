import type { AnswerHeaders } from '../edge/answer-headers.ts'
import type { OwnLimit } from './entrance.ts'
import type { RouteAccount } from './request-log.ts'
import type { AnyRoute, Priority } from './route.ts'

/** A route as it runs: everything that can be known before a request was worked out once. */
export interface MountedRoute {
  readonly route: AnyRoute
  /** Pattern of the path as the framework writes it; label of metrics and log lines. */
  readonly label: string
  /** For the work; milliseconds. */
  readonly deadlineMs: number
  readonly priority: Priority
  readonly account: RouteAccount
  /** Null: the service's. */
  readonly limit: OwnLimit | null
  /** Null: those of an API. */
  readonly headers: AnswerHeaders | null
}
