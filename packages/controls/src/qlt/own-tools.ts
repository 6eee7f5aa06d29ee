import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { CannotObserve } from '@greengate/contracts'

const BINARIES = { oxlint: 'bin/oxlint', prettier: 'bin/prettier.cjs', typescript: 'bin/tsc' } as const

/**
 * The command of a real tool for planted trees, which have nothing installed: the one installed beside Greengate.
 * @throws CannotObserve where it is not
 */
export function ownTool(name: keyof typeof BINARIES): string[] {
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`)
    return [process.execPath, join(dirname(manifest), BINARIES[name])]
  } catch {
    throw new CannotObserve(
      'tool-missing',
      `${name} is not installed beside Greengate.`,
      `Install ${name} to run this positive control.`,
    )
  }
}
