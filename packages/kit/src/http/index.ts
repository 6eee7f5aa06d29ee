export { createService, type Service } from './create-service.ts'
export { defaultHttpLimits, type HttpLimits, httpLimits } from './limits.ts'
export { type ApiInfo, jsonSchemaOf, openApiOf } from './openapi.ts'
export {
  type Actor,
  type AnswerSpec,
  type AnyRoute,
  commonErrors,
  type Method,
  type Priority,
  type RouteAnswer,
  type RouteRequest,
  routesFor,
  type RouteSpec,
} from './route.ts'
export type { ServiceOptions } from './service-options.ts'
export { type StreamDescription, StreamExchange, type StreamMethod, type StreamRoute } from './stream-route.ts'
export type { ErrorsBehind, OperationsAccess } from './operational-routes.ts'
export type { Certificate, TlsOptions } from './tls-server.ts'
export { type PageOptions, pageQuery, readCursor, writeCursor } from './page.ts'
