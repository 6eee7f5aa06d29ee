import type { Json } from '@greengate/contracts'

/** Keys whose values are never evidence, however they are spelled. */
const SECRET_KEYS =
  /^(authorization|proxy-authorization|cookie|set-cookie|x-api-key|api-key|apikey|password|passwd|secret|client_secret|access_token|refresh_token|id_token|private_key)$/i
const MASK = '[redacted]'

/** What must not be in an observation: secrets minted for this run, by value. */
export interface Redactor {
  /** A copy without secrets. */
  redact(json: Json): Json
  /** The last look: whether any secret is still in these bytes, in any of its usual encodings. */
  holdsSecret(text: string): boolean
}

/** @param secrets Values; those of fewer than 8 characters are ignored, as they would be found everywhere. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const values = [...new Set(secrets)].filter((secret) => secret.length >= 8).sort((a, b) => b.length - a.length)
  const forms = values.flatMap(encodings)
  const redactText = (text: string): string => {
    let result = text
    for (const form of forms) if (result.includes(form)) result = result.replaceAll(form, MASK)
    return result
  }
  const walk = (json: Json): Json => {
    if (typeof json === 'string') return redactText(json)
    if (json === null || typeof json !== 'object') return json
    if (Array.isArray(json)) return json.map(walk)
    // Not by assignment, which takes a key `__proto__` for the prototype.
    return Object.fromEntries(
      Object.entries(json).map(([key, value]) => [
        redactText(key),
        SECRET_KEYS.test(key) && holdsText(value) ? MASK : walk(value),
      ]),
    )
  }
  return { redact: walk, holdsSecret: (text) => forms.some((form) => text.includes(form)) }
}

/** Only text can be a secret: a count or a flag under such a key is an observation. */
function holdsText(value: Json): boolean {
  if (typeof value === 'string') return value !== ''
  return Array.isArray(value) && value.some((item) => typeof item === 'string')
}

function encodings(secret: string): string[] {
  const bytes = Buffer.from(secret)
  const json = JSON.stringify(secret).slice(1, -1)
  return [
    ...new Set([
      secret,
      json,
      encodeURIComponent(secret),
      bytes.toString('base64').replace(/=+$/, ''),
      bytes.toString('base64url'),
      bytes.toString('hex'),
    ]),
  ]
}
