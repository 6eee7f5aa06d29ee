/** What an editor writes of an entry. */
export interface EntryFields {
  readonly slug: string
  readonly title: string
  readonly summary: string
  readonly body_markdown: string
  readonly media_id: string | null
  readonly alt: string
}

export const FIELD_NAMES = ['title', 'slug', 'summary', 'body_markdown', 'media_id', 'alt'] as const
export type FieldName = (typeof FIELD_NAMES)[number]

export const FIELD_LABELS: Readonly<Record<FieldName, string>> = {
  title: 'Title',
  slug: 'Address',
  summary: 'Summary',
  body_markdown: 'Text',
  media_id: 'Picture or video',
  alt: 'Description of the picture',
}

export interface Difference {
  readonly field: FieldName
  readonly mine: string
  readonly theirs: string
  /** Whether both sides changed it: then nobody but the editor can say which one counts. */
  readonly both: boolean
}

export type Side = 'mine' | 'theirs'

const text = (value: string | null): string => value ?? ''

/** Fields in which two versions of an entry are not the same. */
export function changedFields(one: EntryFields, other: EntryFields): FieldName[] {
  return FIELD_NAMES.filter((field) => text(one[field]) !== text(other[field]))
}

/** Where mine and theirs differ, both made from the same base. */
export function differencesOf(base: EntryFields, mine: EntryFields, theirs: EntryFields): Difference[] {
  return changedFields(mine, theirs).map((field) => ({
    field,
    mine: text(mine[field]),
    theirs: text(theirs[field]),
    both: text(base[field]) !== text(mine[field]) && text(base[field]) !== text(theirs[field]),
  }))
}

/** What is proposed for each difference: the side that changed it, and mine when both did. */
export function proposal(base: EntryFields, differences: readonly Difference[]): Partial<Record<FieldName, Side>> {
  return Object.fromEntries(
    differences.map(({ field, mine, both }) => [field, both || text(base[field]) !== mine ? 'mine' : 'theirs']),
  )
}

/** The entry with the side that was chosen for each field; mine where nothing was. */
export function resolve(
  mine: EntryFields,
  theirs: EntryFields,
  choices: Readonly<Partial<Record<FieldName, Side>>>,
): EntryFields {
  const pick = <F extends FieldName>(field: F): EntryFields[F] => (choices[field] === 'theirs' ? theirs : mine)[field]
  return {
    slug: pick('slug'),
    title: pick('title'),
    summary: pick('summary'),
    body_markdown: pick('body_markdown'),
    media_id: pick('media_id'),
    alt: pick('alt'),
  }
}
