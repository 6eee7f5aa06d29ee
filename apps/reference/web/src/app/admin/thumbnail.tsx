import type { Media } from './readers.ts'

/** A small picture of it. The name stands beside it, so it says nothing itself. */
export function Thumbnail({ media }: { readonly media: Media }) {
  const { url, width, height } = media
  if (url === null || width === null || height === null) {
    return <div className="media-frame">Not verified yet</div>
  }
  return (
    <div className="media-frame">
      {media.type === 'video' ? (
        <video
          src={url}
          width={width}
          height={height}
          preload="metadata"
          muted
          playsInline
          tabIndex={-1}
          aria-hidden="true"
        />
      ) : (
        <img src={url} width={width} height={height} alt="" loading="lazy" decoding="async" />
      )}
    </div>
  )
}
