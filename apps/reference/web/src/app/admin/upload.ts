import { ApiError } from '../../client/api-error.ts'
import { command, request } from '../../client/api.ts'
import { sha256Of } from './checksum.ts'
import { announcedReader, type Folder, type Media, mediaReader } from './readers.ts'
import { sendFile } from './send-file.ts'
import type { UploadState } from './upload-steps.ts'

// Reading 50 MiB back from a slow store.
const COMPLETE_TIMEOUT_MS = 65_000

/**
 * Announces a file, sends it to the store, and has it verified. What was not finished is taken back.
 * @param onState hears of every step
 * @throws ApiError
 */
export async function uploadMedia(
  file: File,
  folder: Folder,
  onState: (state: UploadState) => void,
  signal: AbortSignal,
): Promise<Media> {
  const { name, size } = file
  onState({ step: 'checking', name })
  const sha256 = await sha256Of(file)
  if (signal.aborted) throw new ApiError('cancelled', 'This was cancelled.')
  onState({ step: 'announcing', name })
  const { media_id: id, upload } = await request('POST', '/v1/media', announcedReader, {
    body: { folder, file_name: name, content_type: file.type, size, sha256 },
    signal,
  })
  const path = `/v1/media/${encodeURIComponent(id)}`
  try {
    onState({ step: 'sending', name, sent: 0, size })
    await sendFile(upload, file, (sent) => onState({ step: 'sending', name, sent, size }), signal)
    onState({ step: 'verifying', name })
    return await request('POST', `${path}/complete`, mediaReader, { body: {}, signal, timeoutMs: COMPLETE_TIMEOUT_MS })
  } catch (error) {
    // Not waited for, and no harm when it fails: what is never completed goes away within an hour.
    if (!(error instanceof ApiError && error.code === 'media_rejected'))
      void command('DELETE', path).catch(() => undefined)
    throw error
  }
}

/** What went wrong with an upload, in words. */
export function uploadProblem(error: ApiError): string {
  switch (error.code) {
    case 'media_rejected': {
      const why = error.problems.map(({ problem }) => problem).join('; ')
      return `Rejected, and nothing was kept: ${why === '' ? 'it is not what was announced.' : `${why}.`}`
    }
    case 'too_many_uploads':
      return 'Too many uploads are waiting. Try again in a minute.'
    case 'offline':
      return 'The connection broke. Nothing was kept; try again.'
    case 'forbidden':
      return 'Your role does not allow you to upload.'
    default:
      return error.status === 0 || error.status >= 500
        ? 'The service for pictures does not answer right now. Nothing was kept; try again in a minute.'
        : `${error.message} Nothing was kept.`
  }
}
