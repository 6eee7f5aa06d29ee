/** Bits of entropy per character, by the characters' own frequencies. */
export function entropyPerCharacter(value: string): number {
  const counts = new Map<string, number>()
  for (const c of value) counts.set(c, (counts.get(c) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length)
  return bits
}

const PLACEHOLDER =
  /change.?me|placeholder|example|your[-_ ]|dummy|todo|replace|insert|generate|sample|fake|xxx|\*\*\*|\.\.\.|<[^>]*>|\$\{|\{\{|^(?:secret|password|pass|pw|token|key|test|none|null|local|dev|postgres|user|root|admin|guest|app)\d{0,3}$|^(.)\1*$|^(?:0123|1234|abcd)/i

/** Whether a value is written to be replaced. */
export function isPlaceholder(value: string): boolean {
  return value === '' || PLACEHOLDER.test(value)
}

/** What a value in an example file is: nothing, obviously not real, an ordinary setting, or possibly a real secret. */
export function valueKind(value: string, isSecret: boolean): 'empty' | 'placeholder' | 'plain' | 'real' {
  if (value === '') return 'empty'
  const url = /^[a-z][a-z0-9+.-]*:\/\/([^:@/\s]*):([^@/\s]*)@([^/:?\s]+)/i.exec(value)
  if (url) return passwordIsHarmless(url[1] ?? '', url[2] ?? '', url[3] ?? '') ? 'placeholder' : 'real'
  if (isPlaceholder(value)) return 'placeholder'
  if (isSecret) return 'real'
  const looksMinted =
    /^[A-Za-z0-9+/_=-]{24,}$/.test(value) &&
    /\d/.test(value) &&
    /[A-Za-z]/.test(value) &&
    entropyPerCharacter(value) > 3.5
  return looksMinted ? 'real' : 'plain'
}

/** A password in an address that opens nothing: a placeholder, the user's own name, or a machine of one's own. */
export function passwordIsHarmless(user: string, password: string, host: string): boolean {
  return (
    isPlaceholder(password) ||
    password === user ||
    /^([a-z]$|localhost|127\.|\[?::1|0\.0\.0\.0|host$|hostname$)|\.?(example(\.(com|org|net))?|invalid|test|localhost)$/i.test(
      host,
    )
  )
}
