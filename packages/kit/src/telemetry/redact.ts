const SECRET_KEY =
  /^(?:.*[-_.])?(?:authorization|proxy-authorization|cookie|set-cookie|password|passwd|passphrase|secret|token|api[-_]?key|private[-_]?key|credentials?|session)$|(?:Password|Secret|Token|ApiKey)$/i
const BEARER = /\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi

const DEPTH_MAX = 6
const ITEMS_MAX = 50
const CHARS_MAX = 4096
const HIDDEN = '[redacted]'

/** Takes secrets out of what is about to be logged: by key, by known value, and by the look of the text. */
export class Redactor {
  readonly #secrets: readonly string[]

  /** @param secrets values that are hidden wherever they occur; those below 6 characters are ignored */
  constructor(secrets: readonly string[] = []) {
    // Longest first, so that a secret inside another leaves nothing of the outer one.
    this.#secrets = [...new Set(secrets)].filter((one) => one.length >= 6).toSorted((a, b) => b.length - a.length)
  }

  text(value: string): string {
    let text = value.length > CHARS_MAX ? `${value.slice(0, CHARS_MAX)}...` : value
    for (const secret of this.#secrets) if (text.includes(secret)) text = text.replaceAll(secret, HIDDEN)
    if (/bearer|basic/i.test(text)) text = text.replaceAll(BEARER, `$1 ${HIDDEN}`)
    return text.includes('@') ? text.replaceAll(URL_PASSWORD, `$1:${HIDDEN}@`) : text
  }

  /** A copy that is safe to serialise: bounded in depth, items and text; Errors become name, code, message and cause. */
  value(value: unknown, depth = 0): unknown {
    switch (typeof value) {
      case 'string':
        return this.text(value)
      case 'number':
      case 'boolean':
        return value
      case 'bigint':
        return value.toString()
      case 'object':
        return value === null ? null : this.#object(value, depth)
      case 'undefined':
      case 'function':
      case 'symbol':
        return undefined
    }
  }

  #object(value: object, depth: number): unknown {
    if (depth >= DEPTH_MAX) return '[too deep]'
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
    if (value instanceof Error) return this.#error(value, depth)
    if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map((item) => this.value(item, depth + 1))
    const copy: Record<string, unknown> = {}
    for (const [key, item] of Object.entries(value).slice(0, ITEMS_MAX)) {
      copy[key] = SECRET_KEY.test(key) ? HIDDEN : this.value(item, depth + 1)
    }
    return copy
  }

  #error(error: Error, depth: number): Record<string, unknown> {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
    const problems = 'problems' in error && Array.isArray(error.problems) ? error.problems : undefined
    return {
      name: error.name,
      ...(code !== undefined ? { code } : {}),
      message: this.text(error.message),
      ...(problems ? { problems: this.value(problems, depth + 1) } : {}),
      ...(error.cause !== undefined ? { cause: this.value(error.cause, depth + 1) } : {}),
      // Only where nothing expected it: an operating error with a code is explained by the code.
      ...(code === undefined && error.stack !== undefined ? { stack: this.text(error.stack) } : {}),
    }
  }
}
