/** What a list says of an object. */
export interface Listed {
  readonly key: string
  readonly size: number
  readonly md5: string
  readonly modifiedMs: number
}

export interface ListQuery {
  readonly prefix: string
  readonly delimiter: string
  /** Keys after this one only. */
  readonly after: string
  readonly max: number
}

export interface ListPage {
  readonly objects: readonly Listed[]
  readonly commonPrefixes: readonly string[]
  /** Where the next page begins; null: there is none. */
  readonly next: string | null
}

/** A text whose characters are the bytes of the key: it sorts as S3 sorts, which plain texts do not. */
const bytesOf = (text: string): string => Buffer.from(text).toString('latin1')
const textOf = (bytes: string): string => Buffer.from(bytes, 'latin1').toString()

/** The keys of a bucket in the order of their bytes, in memory. */
export class KeyIndex {
  readonly #sorted: string[] = []
  readonly #listed = new Map<string, Listed>()

  get size(): number {
    return this.#sorted.length
  }

  has(key: string): boolean {
    return this.#listed.has(bytesOf(key))
  }

  /** First place whose key is not less than these bytes. */
  #place(bytes: string): number {
    let low = 0
    let high = this.#sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#sorted[middle] ?? '') < bytes) low = middle + 1
      else high = middle
    }
    return low
  }

  set(listed: Listed): void {
    const bytes = bytesOf(listed.key)
    if (!this.#listed.has(bytes)) this.#sorted.splice(this.#place(bytes), 0, bytes)
    this.#listed.set(bytes, listed)
  }

  delete(key: string): void {
    const bytes = bytesOf(key)
    if (this.#listed.delete(bytes)) this.#sorted.splice(this.#place(bytes), 1)
  }

  list(query: ListQuery): ListPage {
    const prefix = bytesOf(query.prefix)
    const delimiter = bytesOf(query.delimiter)
    const after = bytesOf(query.after)
    const objects: Listed[] = []
    const commonPrefixes: string[] = []
    let last = ''
    // One byte more than the key is the first place behind it.
    let at = Math.max(this.#place(prefix), after === '' ? 0 : this.#place(`${after}\0`))
    for (; at < this.#sorted.length;) {
      const bytes = this.#sorted[at] ?? ''
      if (!bytes.startsWith(prefix)) break
      const end = delimiter === '' ? -1 : bytes.indexOf(delimiter, prefix.length)
      const group = end < 0 ? null : bytes.slice(0, end + delimiter.length)
      // A page that ended with a group goes on behind the whole group.
      const seen = group !== null && after === group
      if (!seen && objects.length + commonPrefixes.length === query.max)
        return { objects, commonPrefixes, next: query.max === 0 ? null : textOf(last) }
      if (group === null) {
        const listed = this.#listed.get(bytes)
        if (listed) objects.push(listed)
        last = bytes
        at += 1
      } else {
        if (!seen) commonPrefixes.push(textOf(group))
        last = group
        // No byte of UTF-8 is 0xff, so this is behind every key of the group.
        at = this.#place(`${group}\u00ff`)
      }
    }
    return { objects, commonPrefixes, next: null }
  }
}
