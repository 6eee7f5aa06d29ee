export { classifyError, classifyParserError } from './classify.ts'
export { type DatabaseErrorCode, databaseErrorCode } from './database-codes.ts'
export {
  ErrorAnswer,
  ErrorAnswers,
  type ErrorEnvelope,
  type ProblemDocument,
  type PublicErrorEntry,
} from './envelope.ts'
export {
  AuthError,
  type ClassedErrorOptions,
  ConflictError,
  ContentError,
  DatabaseTimeoutError,
  InternalError,
  NetworkError,
  NotFoundError,
  RateLimitError,
  ValidationError,
  type ValidationIssue,
} from './error-classes.ts'
export { errorsReference } from './errors-reference.ts'
export { jsonContentType, problemContentType, wantsProblem } from './negotiate.ts'
export { classReactions, entryReaction, type Reaction, reactionOf, reactions } from './reaction.ts'
export {
  defineErrors,
  type ErrorClass,
  errorClasses,
  type ErrorCodeOf,
  type ErrorEntry,
  type ErrorRegistry,
  type KitErrorCode,
  kitErrors,
} from './registry.ts'
export { type ErrorDetail, errorsOf, ServiceError, type ServiceErrorOptions } from './service-error.ts'
