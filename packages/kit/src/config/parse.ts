import { isIP } from 'node:net'
import { blockWeakness, isPlaceholder, weakness } from './placeholder.ts'
import type { Variable } from './variable.ts'

export type Parsed = { readonly value: string | number | boolean | readonly string[] } | { readonly problem: string }

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i
const CHARS_MAX = 8192
/** Whatever the registry allows: the checks below look at every character more than once. */
const TEXT_CHARS_MAX = 65_536
const CONTROL = /\p{Cc}/u
const CONTROL_BUT_LINES = /[^\P{Cc}\n\r\t]/u

function numeric(text: string, variable: Variable): Parsed {
  const whole = variable.format !== 'number'
  if (!(whole ? /^-?\d{1,15}$/ : /^-?\d{1,15}(?:\.\d{1,15})?$/).test(text)) {
    return { problem: whole ? 'is not a whole number' : 'is not a number' }
  }
  const value = Number(text)
  const min = variable.min ?? (variable.format === 'port' ? 1 : variable.format === 'duration' ? 0 : -Infinity)
  const max = variable.max ?? (variable.format === 'port' ? 65_535 : Infinity)
  if (value < min) return { problem: `is below ${min}` }
  if (value > max) return { problem: `is above ${max}` }
  return { value }
}

function url(text: string, variable: Variable): Parsed {
  const parsed = URL.parse(text)
  const schemes = variable.schemes ?? ['http', 'https']
  if (!parsed || !parsed.hostname) return { problem: 'is not a URL with a host' }
  if (!schemes.includes(parsed.protocol.slice(0, -1))) return { problem: `is not a URL of ${schemes.join(', ')}` }
  const password = percentDecoded(parsed.password)
  if (password === null) return { problem: 'holds a malformed percent escape' }
  if (password && (isPlaceholder(password) || /^xxx+$/i.test(password))) return { problem: 'holds a placeholder' }
  return { value: text }
}

function percentDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

function sized(text: string, variable: Variable): Parsed {
  if (text.length < (variable.min ?? 0)) return { problem: `is shorter than ${variable.min} characters` }
  if (text.length > (variable.max ?? CHARS_MAX))
    return { problem: `is longer than ${variable.max ?? CHARS_MAX} characters` }
  return { value: text }
}

function byFormat(text: string, variable: Variable): Parsed {
  switch (variable.format) {
    case 'int':
    case 'number':
    case 'duration':
    case 'port':
      return numeric(text, variable)
    case 'boolean':
      if (text !== 'true' && text !== 'false') return { problem: 'is neither true nor false' }
      return { value: text === 'true' }
    case 'url':
      return url(text, variable)
    case 'host':
      return isIP(text) || HOST_NAME.test(text) ? { value: text } : { problem: 'is not a host name or address' }
    case 'enum':
      return variable.values?.includes(text)
        ? { value: text }
        : { problem: `is not one of ${(variable.values ?? []).join(', ')}` }
    case 'list': {
      const items = text.split(',').map((item) => item.trim())
      if (items.some((item) => item === '')) return { problem: 'holds an empty item' }
      const pattern = variable.pattern === undefined ? null : new RegExp(`^(?:${variable.pattern})$`)
      if (pattern && items.some((item) => !pattern.test(item)))
        return { problem: 'holds an item that is not well formed' }
      return { value: items }
    }
    case 'string':
      return sized(text, variable)
  }
}

function lengthMax(variable: Variable): number {
  return variable.format === 'string' ? (variable.max ?? CHARS_MAX) : CHARS_MAX
}

/**
 * Parses one present value. The problem never repeats the value: it may be a secret.
 * Control characters are refused everywhere: they end up in headers and logs.
 */
export function parseValue(text: string, variable: Variable): Parsed {
  // First of all: nothing below is asked to look at more than this.
  const sizeMax = Math.min(Math.max(CHARS_MAX, lengthMax(variable)), TEXT_CHARS_MAX)
  if (text.length > sizeMax) return { problem: `is longer than ${Math.min(sizeMax, lengthMax(variable))} characters` }
  if ((variable.multiline ? CONTROL_BUT_LINES : CONTROL).test(text)) return { problem: 'holds a control character' }
  if (isPlaceholder(text)) return { problem: 'is a placeholder' }
  const parsed = byFormat(text, variable)
  if ('problem' in parsed) return parsed
  if (variable.secret && variable.format !== 'url') {
    const weak = variable.multiline ? blockWeakness(text) : weakness(text)
    if (weak) return { problem: weak }
  }
  if (
    variable.pattern !== undefined &&
    variable.format !== 'list' &&
    !new RegExp(`^(?:${variable.pattern})$`).test(text)
  ) {
    return { problem: 'is not well formed' }
  }
  return parsed
}
