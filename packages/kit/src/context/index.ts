export {
  currentRequest,
  type RequestContext,
  type RequestDeadline,
  type RequestTrace,
  runInRequest,
} from './request-context.ts'
