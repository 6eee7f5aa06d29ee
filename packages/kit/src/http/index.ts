export { createService, type Service, type ServiceOptions } from './create-service.ts'
export { defaultHttpLimits, type HttpLimits } from './limits.ts'
export { type ApiInfo, jsonSchemaOf, openApiOf } from './openapi.ts'
export {
  type Actor,
  type AnswerSpec,
  type AnyRoute,
  commonErrors,
  type Method,
  type RouteAnswer,
  type RouteRequest,
  routesFor,
  type RouteSpec,
} from './route.ts'
