import type { EntryMedia } from './public-data.ts'

/** With its size, so that nothing moves when it arrives. @param eager it is seen at once */
export function Media({ media, eager = false }: { readonly media: EntryMedia; readonly eager?: boolean }) {
  const { url, width, height, alt } = media
  if (media.type === 'video')
    return (
      <video className="media" src={url} width={width} height={height} controls preload="metadata" aria-label={alt} />
    )
  return (
    <img
      className="media"
      src={url}
      width={width}
      height={height}
      alt={alt}
      loading={eager ? 'eager' : 'lazy'}
      fetchPriority={eager ? 'high' : 'auto'}
      decoding="async"
    />
  )
}
