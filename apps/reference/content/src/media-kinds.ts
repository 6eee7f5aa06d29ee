/** Kinds of media that are taken, to what they are. No SVG: it runs scripts. */
export const MEDIA_KINDS = {
  'image/png': 'image',
  'image/jpeg': 'image',
  'image/gif': 'image',
  'image/webp': 'image',
  'image/avif': 'image',
  'video/mp4': 'video',
  'video/webm': 'video',
} as const

export type ContentType = keyof typeof MEDIA_KINDS
export const CONTENT_TYPES = Object.keys(MEDIA_KINDS) as readonly ContentType[] as readonly [
  ContentType,
  ...ContentType[],
]

const MEBIBYTE = 1_048_576
/** Bytes. The database has the same. */
export const BYTES_MAX = { image: 10 * MEBIBYTE, video: 50 * MEBIBYTE } as const
/** Pixels to a side. The database has the same. */
export const SIDE_MAX = 65_535
