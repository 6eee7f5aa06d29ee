import type { BadgeTone } from '../../design/index.ts'
import { formatMoment } from '../shared/format.ts'
import type { EntrySummary, Folder, Kind, Status } from './readers.ts'

export const KIND_NAME: Readonly<Record<Kind, string>> = {
  hero: 'Front page',
  post: 'Post',
  doc: 'Documentation',
}
export const FOLDER_OF: Readonly<Record<Kind, Folder>> = { hero: 'hero', post: 'posts', doc: 'docs' }
export const FOLDER_NAME: Readonly<Record<Folder, string>> = {
  hero: 'Front page',
  posts: 'Posts',
  docs: 'Documentation',
}
export const STATUS_NAME: Readonly<Record<Status, string>> = {
  draft: 'Draft',
  scheduled: 'Scheduled',
  published: 'Published',
  changed: 'Changed since',
}
export const STATUS_TONE: Readonly<Record<Status, BadgeTone>> = {
  draft: 'neutral',
  scheduled: 'info',
  published: 'success',
  changed: 'warning',
}

/** What readers of the site see of an entry, in a sentence. */
export function statusWords(entry: EntrySummary, locale?: string): string {
  switch (entry.status) {
    case 'draft':
      return 'Readers do not see it.'
    case 'scheduled': {
      const when = entry.scheduled_at === null ? 'later' : formatMoment(entry.scheduled_at, locale)
      const until =
        entry.published_version === null ? '' : ` Until then readers see version ${entry.published_version}.`
      return `It appears ${when}.${until}`
    }
    case 'published':
      return `Readers see this version, ${entry.version}.`
    case 'changed':
      return `Readers see version ${entry.published_version ?? 'before'}; version ${entry.version} is not published.`
  }
}

/** Where readers find it. */
export function publicPath({ kind, slug }: Pick<EntrySummary, 'kind' | 'slug'>): string {
  if (kind === 'hero') return '/'
  return kind === 'post' ? `/posts/${slug}` : `/docs/${slug}`
}
