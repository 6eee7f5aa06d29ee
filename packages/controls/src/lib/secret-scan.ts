import { createHash, createHmac } from 'node:crypto'
import { lintSource } from '@secretlint/core'
import { creator as preset } from '@secretlint/secretlint-rule-preset-recommend'
import { assignedSecrets } from './assigned-secrets.ts'
import { isPlaceholder, passwordIsHarmless } from './secret-value.ts'

export interface SecretHit {
  readonly line: number
  readonly rule: string
  readonly keyed: string
}

/** Keys that documentation prints; everybody knows them. By digest, so that no scanner stumbles over this file. */
const PUBLISHED = new Set([
  // GitHub's documentation of tokens.
  '3543c50b0cb9cea8e55eb1f529b79f043cb250d485fde7b66cabbb5183add7da',
  // RFC 8410, section 10.3.
  '4ff96a60934849a7f7c7733f163824cc22be7da33384bbd0b5de992972ea5586',
])
/** What the preset does not know. */
const MORE: readonly (readonly [string, RegExp])[] = [
  ['stripe-live-key', /\b[sr]k_live_[A-Za-z0-9]{20,}\b/g],
  ['gitlab-token', /\bglpat-[A-Za-z0-9_-]{20,}\b/g],
  ['stripe-webhook-secret', /\bwhsec_[A-Za-z0-9]{24,}/g],
  ['google-api-key', /\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g],
  ['pypi-token', /\bpypi-AgEI[A-Za-z0-9_-]{40,}/g],
  ['openai-key', /\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{32,}/g],
  ['django-secret-key', /\bdjango-insecure-[^"'\s]{30,}/g],
  ['private-key', /-----BEGIN (?:[A-Z]+ ){0,2}PRIVATE KEY-----(?:[\s"'+,]|\\n|\\r)*[A-Za-z0-9+/=]{32,}/g],
]

/** Searches a text for secrets with secretlint's recommended rules. The secret itself never leaves this function. */
export async function scanText(path: string, content: string, key: string): Promise<SecretHit[]> {
  const result = await lintSource({
    source: { filePath: `/${path}`, content, ext: /\.[^./]+$/.exec(path)?.[0] ?? '', contentType: 'text' },
    options: { config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: preset, options: {} }] } },
  })
  const hits: SecretHit[] = []
  for (const message of result.messages) {
    const secret = content.slice(message.range[0], message.range[1])
    if (isHarmless(secret)) continue
    hits.push({ line: message.loc.start.line, rule: message.messageId, keyed: keyed(secret, key) })
  }
  for (const [rule, pattern] of MORE) {
    for (const match of content.matchAll(pattern)) {
      const line = content.slice(0, match.index).split('\n').length
      if (!isHarmless(match[0]) && !hits.some((hit) => hit.line === line))
        hits.push({ line, rule, keyed: keyed(match[0], key) })
    }
  }
  for (const { index, rule, secret } of assignedSecrets(path, content)) {
    const line = content.slice(0, index).split('\n').length
    if (!hits.some((hit) => hit.line === line)) hits.push({ line, rule, keyed: keyed(secret, key) })
  }
  return hits
}

function keyed(secret: string, key: string): string {
  return createHmac('sha256', key).update(secret).digest('hex').slice(0, 16)
}

function isHarmless(secret: string): boolean {
  if (PUBLISHED.has(createHash('sha256').update(secret).digest('hex'))) return true
  if (secret.includes('PRIVATE KEY')) {
    const body = /[A-Za-z0-9+/=]{32,}/.exec(secret)?.[0] ?? ''
    return PUBLISHED.has(createHash('sha256').update(body).digest('hex'))
  }
  const url = /:\/\/([^:@/\s]*):([^@/\s]*)@([^/:?\s"'`]+)/.exec(secret)
  if (url) return passwordIsHarmless(url[1] ?? '', url[2] ?? '', url[3] ?? '')
  return isPlaceholder(secret)
}
