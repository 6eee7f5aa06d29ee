import { USAGE } from './arguments.ts'
import { BackupError } from './backup-error.ts'

/** A backup that is finished, without media that somebody has to look at: trying again at once would not help. */
const NOT_WHOLE = 65

/** Runs a command: what it says goes to standard output, why it failed to standard error. @returns the exit code */
export async function runCommand(work: () => Promise<string>): Promise<number> {
  try {
    process.stdout.write(`${await work()}\n`)
    return 0
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) {
      process.stderr.write(`${error.message}\n\n${USAGE}`)
      return 64
    }
    const text = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${error instanceof BackupError ? `${error.code}: ` : ''}${text}\n`)
    return error instanceof BackupError && error.code === 'media_missing' ? NOT_WHOLE : 1
  }
}

export const say = (text: string): void => void process.stdout.write(`${text}\n`)
