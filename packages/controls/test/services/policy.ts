import type { Json } from '@greengate/contracts'

/** The policy of all fixtures: their errors are problem details. */
export function paramsOf(control: string): { readonly [key: string]: Json } {
  return control === 'ERR-02' ? { envelope: 'rfc9457' } : {}
}
