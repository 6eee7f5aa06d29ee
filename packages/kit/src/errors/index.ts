export { classifyError, databaseErrorCode } from './classify.ts'
export { type ErrorAnswer, ErrorAnswers, type ErrorEnvelope, type PublicErrorEntry } from './envelope.ts'
export {
  defineErrors,
  type ErrorClass,
  type ErrorEntry,
  type ErrorRegistry,
  type KitErrorCode,
  kitErrors,
} from './registry.ts'
export { type ErrorDetail, ServiceError, type ServiceErrorOptions } from './service-error.ts'
