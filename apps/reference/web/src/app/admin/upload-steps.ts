const MEBIBYTE = 1_048_576
/** As the server takes them; bytes. */
export const BYTES_MAX = { image: 10 * MEBIBYTE, video: 50 * MEBIBYTE } as const
export const ACCEPTED_TYPES = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/avif',
  'image/gif',
  'video/mp4',
  'video/webm',
]

/** Where an upload is. Every state says in words what goes on; none is only a bar or a spinner. */
export type UploadState =
  | { readonly step: 'checking'; readonly name: string }
  | { readonly step: 'announcing'; readonly name: string }
  | { readonly step: 'sending'; readonly name: string; readonly sent: number; readonly size: number }
  | { readonly step: 'verifying'; readonly name: string }
  | { readonly step: 'ready'; readonly name: string; readonly width: number; readonly height: number }
  | { readonly step: 'failed'; readonly name: string; readonly problem: string }
  | { readonly step: 'stopped'; readonly name: string }

export function isRunning(state: UploadState | null): boolean {
  return state !== null && state.step !== 'ready' && state.step !== 'failed' && state.step !== 'stopped'
}

/** 0 to 100, whole. */
export function percentOf(sent: number, size: number): number {
  return size <= 0 ? 0 : Math.min(100, Math.floor((sent * 100) / size))
}

export function describeUpload(state: UploadState): string {
  switch (state.step) {
    case 'checking':
      return 'Computing the checksum on this device…'
    case 'announcing':
      return 'Asking for an upload address…'
    case 'sending':
      return `Sending: ${percentOf(state.sent, state.size)} %`
    case 'verifying':
      return 'Sent. The server reads it back and checks it…'
    case 'ready':
      return `Verified: ${state.width} × ${state.height} pixels, the checksum matches.`
    case 'failed':
      return state.problem
    case 'stopped':
      return 'Stopped. Nothing was kept.'
  }
}

/** Why a file is not worth sending, or null. The server looks at the bytes again. */
export function whyNotSent(file: { readonly type: string; readonly size: number }): string | null {
  if (!ACCEPTED_TYPES.includes(file.type)) {
    return 'Choose a picture (JPEG, PNG, WebP, AVIF, GIF) or a video (MP4, WebM).'
  }
  if (file.size === 0) return 'This file is empty.'
  const bytesMax = file.type.startsWith('video/') ? BYTES_MAX.video : BYTES_MAX.image
  if (file.size > bytesMax) return `This file is too large: at most ${bytesMax / MEBIBYTE} MiB.`
  return null
}
