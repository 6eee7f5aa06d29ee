import { ServiceError } from '@greengate/kit/errors'

/** A host with its port cut off: of an IPv6 address the brackets stay. */
const HOST = /^(?<name>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/

/** The names that are served. What comes for another one is refused: it would end up in links, caches and cookies. */
export class PublicHosts {
  readonly #names: ReadonlySet<string>

  constructor(publicUrl: string, names: readonly string[] | undefined) {
    this.#names = new Set((names ?? [new URL(publicUrl).hostname]).map((name) => name.toLowerCase()))
  }

  /** @throws ServiceError `malformed_request` for no host or several, `host_not_served` */
  check(hosts: readonly string[] | undefined): void {
    const [host = ''] = hosts ?? []
    if (hosts?.length !== 1) throw new ServiceError('malformed_request', { stack: false })
    const name = HOST.exec(host)?.groups?.['name']
    if (name === undefined || !this.#names.has(name.toLowerCase()))
      throw new ServiceError('host_not_served', { stack: false })
  }
}
