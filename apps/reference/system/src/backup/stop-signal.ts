import { BackupError } from './backup-error.ts'

/** Never comes. */
export const UNSTOPPED: AbortSignal = new AbortController().signal

/** Ends what comes with the signal's reason, between two pieces. */
export async function* stoppable<T>(content: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  for await (const part of content) {
    signal.throwIfAborted()
    yield part
  }
}

/** Aborted by the first SIGINT or SIGTERM, so that what was begun can be taken away. The same once more ends the process at once. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => controller.abort(new BackupError('stopped', `${name} came`)))
  return controller.signal
}
