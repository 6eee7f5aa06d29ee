import { z } from 'zod'

/** What a statement selects of the media of an entry; all null for an entry without. */
export interface MediaColumns {
  readonly media_id: string | null
  readonly type: 'image' | 'video' | null
  readonly width: number | null
  readonly height: number | null
  readonly object_key: string | null
  readonly alt: string
}

export const mediaViewSchema = z.object({
  media_id: z.uuid(),
  type: z.enum(['image', 'video']),
  width: z.int().meta({ description: 'Pixels' }),
  height: z.int().meta({ description: 'Pixels' }),
  url: z.string().meta({ description: 'Served by the object store or a CDN; it never changes' }),
  alt: z.string(),
})
export type MediaView = z.output<typeof mediaViewSchema>

/** Where browsers find media. */
export class MediaAddresses {
  readonly #base: string

  /** @param publicUrl what stands before `/media/...` */
  constructor(publicUrl: string) {
    this.#base = publicUrl.replace(/\/+$/, '')
  }

  of(objectKey: string): string {
    return `${this.#base}/${objectKey}`
  }

  /** The media of an entry as readers get it. */
  shown({ media_id, type, width, height, object_key, alt }: MediaColumns): MediaView | null {
    if (media_id === null || type === null || width === null || height === null || object_key === null) return null
    return { media_id, type, width, height, url: this.of(object_key), alt }
  }
}
