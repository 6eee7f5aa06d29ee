import { ApiError } from '../../client/api-error.ts'

const TIMEOUT_MS = 600_000
// The browser sets these itself, and refuses to be told.
const BROWSERS_OWN = new Set(['host', 'content-length'])

/**
 * Sends a file to an address that the server signed, and tells how far it is: `fetch` can't. Without the session.
 * @param onProgress bytes that were sent
 * @throws ApiError `cancelled`, `timeout`, `offline`, or `http_...` when the store refuses it
 */
export function sendFile(
  target: { readonly url: string; readonly headers: Readonly<Record<string, string>> },
  file: Blob,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new ApiError('cancelled', 'This was cancelled.'))
      return
    }
    const request = new XMLHttpRequest()
    const stop = (): void => request.abort()
    const end = (error: ApiError | null): void => {
      signal.removeEventListener('abort', stop)
      if (error) reject(error)
      else resolve()
    }
    request.upload.addEventListener('progress', ({ loaded }) => onProgress(loaded))
    request.addEventListener('load', () => {
      if (request.status >= 200 && request.status < 300) end(null)
      else end(new ApiError(`http_${request.status}`, 'The store did not take the file.', { status: request.status }))
    })
    request.addEventListener('error', () => end(new ApiError('offline', 'The store could not be reached.')))
    request.addEventListener('timeout', () => end(new ApiError('timeout', 'Sending took too long.')))
    request.addEventListener('abort', () => end(new ApiError('cancelled', 'This was cancelled.')))
    signal.addEventListener('abort', stop)
    request.open('PUT', target.url)
    request.timeout = TIMEOUT_MS
    request.withCredentials = false
    for (const [name, value] of Object.entries(target.headers)) {
      if (!BROWSERS_OWN.has(name.toLowerCase())) request.setRequestHeader(name, value)
    }
    request.send(file)
  })
}
