import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Io } from '../command.ts'

/** The user's signing key: GREENGATE_SIGNING_KEY, or below the configuration folder (XDG base directory specification). */
export function signingKeyFile(env: Io['env']): string {
  const named = env['GREENGATE_SIGNING_KEY']
  if (named) return named
  return join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'greengate', 'signing-key.pem')
}
