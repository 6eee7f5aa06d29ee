/** Which methods a path has, for telling 405 from 404. Patterns as OpenAPI writes them, or a prefix that ends in `/*`. */
export class MethodTable {
  readonly #entries = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>()

  add(path: string, method: string): void {
    let entry = this.#entries.get(path)
    if (!entry) {
      const prefix = path.endsWith('/*')
      const exact = prefix ? path.slice(0, -1) : path
      const source =
        exact.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`).replaceAll(/\{[^}]+\}/g, '[^/]+') + (prefix ? '.*' : '')
      entry = { pattern: new RegExp(`^${source}$`), methods: new Set() }
      this.#entries.set(path, entry)
    }
    entry.methods.add(method)
    if (method === 'GET') entry.methods.add('HEAD')
  }

  /** Value of the Allow header, or null when there is nothing at the path. */
  allow(path: string): string | null {
    const methods = new Set<string>()
    for (const entry of this.#entries.values()) {
      if (entry.pattern.test(path)) for (const method of entry.methods) methods.add(method)
    }
    return methods.size > 0 ? [...methods].toSorted().join(', ') : null
  }
}
