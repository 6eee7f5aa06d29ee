import type { Random } from '@greengate/contracts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const LENGTH = 44
/** Words that services take for placeholders; they turn up by chance in one of some hundred values. */
const SUSPICIOUS = /xxx|todo|test|fake|demo|dummy|abc|123|(.)\1\1/i
const DISTINCT_MIN = 24

/** Mints secrets for one run. Letters and digits only, so that they fit into URLs, headers and most formats. */
export class SecretStore {
  readonly #byName = new Map<string, string>()
  readonly #unnamed: string[] = []
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** The value behind `{secret:NAME}`: the same for the whole run. */
  named(name: string): string {
    let value = this.#byName.get(name)
    if (value === undefined) {
      value = this.#mint()
      this.#byName.set(name, value)
    }
    return value
  }

  /** A secret that has no name, such as the password of a sandbox. */
  anonymous(): string {
    const value = this.#mint()
    this.#unnamed.push(value)
    return value
  }

  /** Everything minted so far. */
  all(): readonly string[] {
    return [...this.#byName.values(), ...this.#unnamed]
  }

  /** `text` with every minted secret replaced by `[secret:NAME]`. */
  redact(text: string): string {
    let out = text
    for (const [name, value] of this.#byName) out = out.replaceAll(value, `[secret:${name}]`)
    for (const value of this.#unnamed) out = out.replaceAll(value, '[secret]')
    return out
  }

  #mint(): string {
    const bytes = Buffer.from(this.#random.hex(LENGTH * 2), 'hex')
    let value = ''
    for (const byte of bytes) {
      // 248 is the largest multiple of 62 in a byte: above it some letters would come up more often.
      if (byte < 248) value += ALPHABET[byte % 62] ?? ''
      if (value.length === LENGTH) break
    }
    const sound = value.length === LENGTH && !SUSPICIOUS.test(value) && new Set(value).size >= DISTINCT_MIN
    return sound ? value : this.#mint()
  }
}
