import { AsyncLocalStorage } from 'node:async_hooks'
import type { Service } from '@greengate/kit/http'
import { createClientAddress } from '@greengate/kit/limits'

const storage = new AsyncLocalStorage<string>()

/** Address of whoever sent the request that the calling code runs for; `unknown` outside of one. */
export function callerAddress(): string {
  return storage.getStore() ?? 'unknown'
}

/**
 * Makes `callerAddress` known from the first hook on: who a token belongs to is asked before a handler has an address.
 * @throws RangeError for a proxy that is no address and no block of them
 */
export function knowCallerAddress(service: Service, trustedProxies: readonly string[]): void {
  const clientAddress = createClientAddress({ trusted: trustedProxies })
  service.app.addHook('onRequest', (request, _reply, done) => {
    storage.run(clientAddress.of(request.raw).address, () => done())
  })
}
