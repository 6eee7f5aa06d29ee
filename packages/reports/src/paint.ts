import type { Tone } from './rows.ts'

/** Adds colour where it is wanted. Colour only underlines what words and signs already say. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly tone: (tone: Tone, text: string) => string
  readonly badge: (tone: Tone, text: string) => string
}

const SGR: Readonly<Record<Tone, string>> = { good: '32', bad: '31', open: '33', none: '2' }

export function painter(color: boolean): Paint {
  const sgr = (codes: string, text: string): string =>
    color && text !== '' ? `\u001b[${codes}m${text}\u001b[0m` : text
  return {
    bold: (text) => sgr('1', text),
    dim: (text) => sgr('2', text),
    tone: (tone, text) => sgr(SGR[tone], text),
    badge: (tone, text) => sgr(`1;7;${SGR[tone]}`, text),
  }
}

/** FORCE_COLOR decides before NO_COLOR, as in Node itself; without both, a terminal that is not dumb gets colour. */
export function wantsColor(isTty: boolean, env: Readonly<Record<string, string | undefined>>): boolean {
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  if ((env['NO_COLOR'] ?? '') !== '') return false
  return isTty && env['TERM'] !== 'dumb'
}
