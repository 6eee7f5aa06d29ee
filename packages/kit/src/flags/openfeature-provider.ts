// Types only: the room loads without the optional peer.
import type {
  ErrorCode,
  EvaluationContext,
  EventDetails,
  JsonValue,
  Provider,
  ProviderEventEmitter,
  ResolutionDetails,
} from '@openfeature/server-sdk'
import type { FlagErrorCode, FlagKind, FlagResolution } from './evaluate.ts'
import type { FlagEvent } from './flag-store.ts'
import type { FlagSource } from './postgres-flags.ts'

type Emitter = NonNullable<Provider['events']>
type Handler = Parameters<Emitter['addHandler']>[1]
type EventType = Parameters<Emitter['addHandler']>[0]
type SdkLogger = Parameters<Emitter['setLogger']>[0]

/** Handlers of provider events at most, over all kinds: the SDK adds five. */
const HANDLERS_MAX = 1000

/** What the SDK asks of a provider's events, without the SDK at run time. */
class ProviderEvents implements ProviderEventEmitter<EventType> {
  readonly #handlers = new Map<string, Handler[]>()
  #logger: SdkLogger | null = null

  emit(eventType: EventType, context?: Parameters<Emitter['emit']>[1]): void {
    this.send(eventType, { ...context, providerName: PROVIDER_NAME })
  }

  send(eventType: string, details: EventDetails): void {
    for (const handler of this.#handlers.get(eventType) ?? []) {
      const run = async (): Promise<void> => void (await handler(details))
      run().catch((error: unknown) => this.#logger?.error('a handler of provider events failed', error))
    }
  }

  addHandler(eventType: EventType, handler: Handler): void {
    const handlers = this.#handlers.get(eventType) ?? []
    if (handlers.length >= HANDLERS_MAX) throw new RangeError(`more than ${HANDLERS_MAX} handlers of one event`)
    this.#handlers.set(eventType, [...handlers, handler])
  }

  removeHandler(eventType: EventType, handler: Handler): void {
    this.#handlers.set(
      eventType,
      this.getHandlers(eventType).filter((one) => one !== handler),
    )
  }

  removeAllHandlers(eventType?: EventType): void {
    if (eventType === undefined) this.#handlers.clear()
    else this.#handlers.delete(eventType)
  }

  getHandlers(eventType: EventType): Handler[] {
    return [...(this.#handlers.get(eventType) ?? [])]
  }

  setLogger(logger: SdkLogger): this {
    this.#logger = logger
    return this
  }
}

const PROVIDER_NAME = 'greengate-kit'

/** An initialisation that failed, with the code that OpenFeature's SDK reads (2.4.3, 1.7.5). */
export class FlagProviderError extends Error {
  override readonly name = 'FlagProviderError'
  readonly code: 'GENERAL' | 'PROVIDER_FATAL'

  constructor(code: 'GENERAL' | 'PROVIDER_FATAL', message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
  }
}

const CODES: ReadonlySet<string> = new Set<FlagErrorCode>([
  'PROVIDER_NOT_READY',
  'PROVIDER_FATAL',
  'FLAG_NOT_FOUND',
  'PARSE_ERROR',
  'TYPE_MISMATCH',
  'TARGETING_KEY_MISSING',
  'INVALID_CONTEXT',
  'GENERAL',
])
/** The SDK's enum has these strings as its values; a type guard says so without loading it. */
const isErrorCode = (code: string): code is ErrorCode => CODES.has(code)

function detailsOf<T>(resolution: FlagResolution, value: T): ResolutionDetails<T> {
  const details: ResolutionDetails<T> = { value, reason: resolution.reason }
  if (resolution.variant !== undefined) details.variant = resolution.variant
  if (resolution.metadata) details.flagMetadata = resolution.metadata
  if (resolution.errorCode !== undefined && isErrorCode(resolution.errorCode)) {
    details.errorCode = resolution.errorCode
    details.errorMessage = resolution.errorMessage ?? resolution.errorCode
  }
  return details
}

/**
 * An OpenFeature provider over a source of flags. Evaluation comes from memory and never waits.
 * @example
 * await OpenFeature.setProviderAndWait(createFlagProvider(createStaticFlags(definitions)))
 * await OpenFeature.getClient().getBooleanValue('beta', false, { targetingKey: user.id })
 */
export function createFlagProvider(source: FlagSource): Provider {
  const { store } = source
  const events = new ProviderEvents()
  let isInitialised = false
  const relay = (event: FlagEvent): void => {
    // Before that, the SDK speaks for `initialize` itself.
    if (!isInitialised) return
    const providerName = PROVIDER_NAME
    if (event.type === 'PROVIDER_CONFIGURATION_CHANGED')
      events.send(event.type, { providerName, flagsChanged: [...event.flagsChanged] })
    else if (event.type === 'PROVIDER_READY') events.send(event.type, { providerName })
    else if (event.type === 'PROVIDER_STALE') events.send(event.type, { providerName, message: event.message })
    else {
      const errorCode: string = event.fatal ? 'PROVIDER_FATAL' : 'GENERAL'
      events.send(event.type, { providerName, message: event.message, ...(isErrorCode(errorCode) && { errorCode }) })
    }
  }
  const unsubscribe = store.subscribe(relay)
  const resolve = <T extends JsonValue>(
    key: string,
    kind: FlagKind,
    defaultValue: T,
    context: EvaluationContext,
    isKind: (value: unknown) => value is T,
  ): Promise<ResolutionDetails<T>> => {
    const resolution = store.evaluate(key, kind, context)
    return Promise.resolve(detailsOf(resolution, isKind(resolution.value) ? resolution.value : defaultValue))
  }
  return {
    metadata: { name: PROVIDER_NAME },
    runsOn: 'server',
    events,
    initialize: async () => {
      try {
        await source.start()
        if (store.status === 'FATAL')
          throw new FlagProviderError('PROVIDER_FATAL', 'the source of flags can not be used')
      } catch (error) {
        if (error instanceof FlagProviderError) throw error
        // They came in the very moment in which the wait was over.
        if (store.status === 'READY') return
        throw new FlagProviderError('GENERAL', 'the flags could not be loaded; loading goes on', error)
      } finally {
        isInitialised = true
      }
    },
    onClose: async () => {
      unsubscribe()
      await source.stop()
    },
    resolveBooleanEvaluation: (key, defaultValue, context) =>
      resolve(key, 'boolean', defaultValue, context, (value) => typeof value === 'boolean'),
    resolveStringEvaluation: (key, defaultValue, context) =>
      resolve(key, 'string', defaultValue, context, (value) => typeof value === 'string'),
    resolveNumberEvaluation: (key, defaultValue, context) =>
      resolve(key, 'number', defaultValue, context, (value) => typeof value === 'number'),
    resolveObjectEvaluation: <T extends JsonValue>(key: string, defaultValue: T, context: EvaluationContext) =>
      resolve(key, 'object', defaultValue, context, (value): value is T => value !== undefined),
  }
}
