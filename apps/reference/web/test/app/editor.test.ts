/**
 * Goal: of two people who write the same thing, neither loses a word unseen. Method: the pure functions for entries and
 * settings, with every way in which two sides can differ.
 */
import { describe, expect, it } from 'vitest'
import {
  changedFields,
  differencesOf,
  type EntryFields,
  proposal,
  resolve,
} from '../../src/app/admin/entry-conflict.ts'
import { publicPath, statusWords } from '../../src/app/admin/entry-words.ts'
import type { EntrySummary } from '../../src/app/admin/readers.ts'
import { fieldValueOf, momentOf, slugOf } from '../../src/app/admin/schedule.ts'
import { changesOf, mergeSettings, settingWords } from '../../src/app/admin/settings-merge.ts'
import { draftOf, dropDraft, keepDraft } from '../../src/app/admin/unsaved-drafts.ts'
import { describeUpload, isRunning, percentOf, whyNotSent } from '../../src/app/admin/upload-steps.ts'
import { isVersionConflict } from '../../src/app/admin/use-editor.ts'
import { ApiError } from '../../src/client/api-error.ts'

const base: EntryFields = { slug: 'a', title: 'T', summary: 'S', body_markdown: 'B', media_id: null, alt: '' }

describe('two versions of an entry', () => {
  const mine = { ...base, title: 'Mine', summary: 'Mine too', alt: 'same' }
  const theirs = { ...base, summary: 'Theirs', body_markdown: 'Theirs too', alt: 'same' }

  it('differ where either side changed it, and say where both did', () => {
    expect(differencesOf(base, mine, theirs)).toEqual([
      { field: 'title', mine: 'Mine', theirs: 'T', both: false },
      { field: 'summary', mine: 'Mine too', theirs: 'Theirs', both: true },
      { field: 'body_markdown', mine: 'B', theirs: 'Theirs too', both: false },
    ])
  })

  it('are joined so that each side keeps what it alone changed', () => {
    const choices = proposal(base, differencesOf(base, mine, theirs))
    expect(choices).toEqual({ title: 'mine', summary: 'mine', body_markdown: 'theirs' })
    expect(resolve(mine, theirs, choices)).toEqual({ ...mine, body_markdown: 'Theirs too' })
    expect(resolve(mine, theirs, { summary: 'theirs' })).toEqual({ ...mine, summary: 'Theirs' })
  })

  it('do not differ by a picture that is missing on both sides', () => {
    expect(changedFields(base, { ...base, media_id: null })).toEqual([])
    expect(changedFields(base, { ...base, media_id: 'x' })).toEqual(['media_id'])
  })

  it('conflict only where the version is what is wrong', () => {
    const at = (status: number, field: string) =>
      new ApiError('conflict', '', { status, problems: [{ field, problem: 'x' }] })
    expect(isVersionConflict(at(409, 'version'))).toBe(true)
    expect(isVersionConflict(at(409, 'slug'))).toBe(false)
    expect(isVersionConflict(at(422, 'version'))).toBe(false)
    expect(isVersionConflict(new Error('version'))).toBe(false)
  })
})

describe('what is not saved', () => {
  const draft = { owner: 'mara', version: 1, base, fields: { ...base, title: 'New' } }

  it('is kept for its owner and dropped for anybody else', () => {
    keepDraft('one', draft)
    expect(draftOf('one', 'mara')).toEqual(draft)
    expect(draftOf('one', 'vic')).toBeNull()
    expect(draftOf('one', 'mara')).toBeNull()
  })

  it('is bounded: the oldest goes', () => {
    for (let index = 0; index < 25; index += 1) keepDraft(`entry-${index}`, draft)
    expect(draftOf('entry-4', 'mara')).toBeNull()
    expect(draftOf('entry-5', 'mara')).not.toBeNull()
    for (let index = 0; index < 25; index += 1) dropDraft(`entry-${index}`)
  })
})

describe('settings', () => {
  const old = {
    site_title: 'A',
    tagline: '',
    accent: '#000000',
    support_email: 'a@b.test',
    concierge_enabled: true,
    sign_up_enabled: true,
  }

  it('are joined, and what both changed is named', () => {
    const mine = { ...old, site_title: 'Mine', tagline: 'Mine' }
    const theirs = { ...old, site_title: 'Theirs', sign_up_enabled: false }
    expect(mergeSettings(old, mine, theirs)).toEqual({
      fields: { ...mine, sign_up_enabled: false },
      both: ['site_title'],
      taken: ['sign_up_enabled'],
    })
  })

  it('that both changed alike are no conflict', () => {
    const same = { ...old, tagline: 'Same' }
    expect(mergeSettings(old, same, same)).toEqual({ fields: same, both: [], taken: [] })
  })

  it('are sent only where they changed', () => {
    expect(changesOf(old, { ...old, accent: '#ffffff' })).toEqual({ accent: '#ffffff' })
    expect([settingWords(true), settingWords(''), settingWords('x')]).toEqual(['on', '(empty)', 'x'])
  })
})

describe('publishing', () => {
  const entry: EntrySummary = {
    id: '1',
    kind: 'post',
    slug: 'late',
    status: 'draft',
    version: 3,
    published_version: null,
    published_at: null,
    scheduled_at: null,
    title: 'T',
    summary: '',
    updated_at: '2026-11-01T00:00:00Z',
  }

  it('is said in a sentence', () => {
    expect(statusWords(entry)).toBe('Readers do not see it.')
    expect(statusWords({ ...entry, status: 'changed', published_version: 2 })).toContain('Readers see version 2')
    const later = { ...entry, status: 'scheduled' as const, scheduled_at: '2026-12-24T12:00:00Z', published_version: 1 }
    expect(statusWords(later, 'en-GB')).toMatch(/^It appears 24 Dec 2026.* Until then readers see version 1\.$/)
    expect([publicPath(entry), publicPath({ kind: 'hero', slug: 'hero' })]).toEqual(['/posts/late', '/'])
  })

  it('takes moments to come only', () => {
    const now = Date.parse('2026-11-21T12:00:00Z')
    const ahead = fieldValueOf(now + 3_600_000)
    expect(momentOf(ahead, now)).toEqual({ ok: true, at: '2026-11-21T13:00:00.000Z' })
    expect(momentOf(fieldValueOf(now - 60_000), now).ok).toBe(false)
    expect(['', 'soon', '2026-99-99T99:99'].map((value) => momentOf(value, now).ok)).toEqual([false, false, false])
  })

  it.each([
    ['Ärger im Büro!', 'arger-im-buro'],
    ['  --  ', ''],
    ['日本語', ''],
    [`${'long '.repeat(30)}end`, 'long-'.repeat(12).slice(0, -1)],
  ])('proposes for %s the address %s', (title, slug) => expect(slugOf(title)).toBe(slug))
})

describe('an upload', () => {
  it('is told in words at every step', () => {
    const steps = [
      { step: 'checking', name: 'a' },
      { step: 'announcing', name: 'a' },
      { step: 'sending', name: 'a', sent: 1, size: 3 },
      { step: 'verifying', name: 'a' },
      { step: 'ready', name: 'a', width: 2, height: 3 },
      { step: 'failed', name: 'a', problem: 'No.' },
      { step: 'stopped', name: 'a' },
    ] as const
    expect(steps.map(describeUpload).every((words) => words.length > 2)).toBe(true)
    expect(steps.map(isRunning)).toEqual([true, true, true, true, false, false, false])
    expect([percentOf(0, 0), percentOf(1, 3), percentOf(9, 3)]).toEqual([0, 33, 100])
  })

  it('is not begun for what the server would refuse', () => {
    expect(whyNotSent({ type: 'image/png', size: 1 })).toBeNull()
    expect(whyNotSent({ type: 'image/svg+xml', size: 1 })).not.toBeNull()
    expect(whyNotSent({ type: 'image/png', size: 0 })).not.toBeNull()
    expect(whyNotSent({ type: 'image/png', size: 10_485_761 })).toContain('10 MiB')
    expect(whyNotSent({ type: 'video/mp4', size: 10_485_761 })).toBeNull()
    expect(whyNotSent({ type: 'video/mp4', size: 52_428_801 })).toContain('50 MiB')
  })
})
