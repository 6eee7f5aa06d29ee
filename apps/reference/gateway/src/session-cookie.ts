import { cookieValues, parseCookieHeader, serializeCookie } from '@greengate/kit/edge'

const TOKEN = /^[A-Za-z0-9._~+/-]{8,512}=*$/
const AGE_MAX_S = 34_560_000
/** Both names, whichever is in use: neither ever goes to a backend or comes from one. */
const NAMES = ['__Host-session', 'session']

/** The cookie that keeps the bearer token of a browser's session away from scripts. */
export class SessionCookie {
  readonly name: string
  readonly #secure: boolean

  /** @param secure false only for work on one's own machine, where browsers would drop a cookie that is Secure */
  constructor(secure: boolean) {
    this.name = secure ? '__Host-session' : 'session'
    this.#secure = secure
  }

  /** The token, or null: also for two cookies that differ, since nothing says which one is the user's. */
  tokenOf(header: string | undefined): string | null {
    const [value, ...more] = new Set(cookieValues(header, this.name))
    return value !== undefined && more.length === 0 && TOKEN.test(value) ? value : null
  }

  /** Value of Set-Cookie. @param expiresAt when the session ends; RFC 3339 @throws RangeError for a token that is none */
  issue(token: string, expiresAt: string, nowMs: number): string {
    if (!TOKEN.test(token)) throw new RangeError('the platform gave a token that is none')
    const leftS = Math.floor((Date.parse(expiresAt) - nowMs) / 1000)
    const maxAgeS = Number.isFinite(leftS) ? Math.min(Math.max(leftS, 0), AGE_MAX_S) : 0
    return serializeCookie(this.name, token, { maxAgeS, secure: this.#secure })
  }

  /** Value of Set-Cookie that takes it away. */
  clear(): string {
    return serializeCookie(this.name, '', { maxAgeS: 0, secure: this.#secure })
  }

  /** A Cookie header without it, or null when nothing is left. */
  static without(header: string | undefined): string | null {
    const left = [...parseCookieHeader(header)].filter(([name]) => !NAMES.includes(name))
    return left.flatMap(([name, values]) => values.map((value) => `${name}=${value}`)).join('; ') || null
  }

  /** Whether a Set-Cookie of a backend would touch it. */
  static isSetBy(setCookie: string): boolean {
    const name = setCookie.split(/[=;]/, 1)[0] ?? ''
    return NAMES.some((own) => own.toLowerCase() === name.trim().toLowerCase())
  }
}
