import { useRef, useState } from 'react'
import { useNavigate, useParams } from 'react-router'
import { command, request } from '../client/api.ts'
import { Actions, Badge, Button, ButtonLink, Card, Field, Form, Notice, TextArea } from '../design/index.ts'
import { isFilled, refuseUnless } from './account/form-checks.ts'
import { ConflictPanel } from './admin/conflict-panel.tsx'
import { EditorsOnly } from './admin/editors-only.tsx'
import { EntryPreview } from './admin/entry-preview.tsx'
import { KIND_NAME } from './admin/entry-words.ts'
import { MediaPicker } from './admin/media-picker.tsx'
import { PublishPanel } from './admin/publish-panel.tsx'
import { type Entry, entryReader } from './admin/readers.ts'
import { dropDraft } from './admin/unsaved-drafts.ts'
import { type Editor, useEditor } from './admin/use-editor.ts'
import { VersionHistory } from './admin/version-history.tsx'
import { AppPage } from './shared/app-page.tsx'
import { formatMoment } from './shared/format.ts'
import { LeaveGuard } from './shared/leave-guard.tsx'
import { Loaded } from './shared/loaded.tsx'
import { loadMe } from './shared/me.ts'
import { Outcome } from './shared/outcome.tsx'
import { useWhileSignedIn } from './shared/session-end.ts'
import { useAction } from './shared/use-action.ts'
import { useLoad } from './shared/use-load.ts'
import './admin/admin.css'

const NO_RIGHT = 'Your role allows drafts. Owners and admins of the site publish and delete.'

export function Page() {
  const id = useParams()['id'] ?? ''
  const path = `/v1/content/entries/${encodeURIComponent(id)}`
  const load = useLoad(path, async (signal) => {
    const [me, entry] = await Promise.all([loadMe(signal), request('GET', path, entryReader, { signal })])
    return { me, entry }
  })
  const entry = load.value?.entry
  return (
    <AppPage
      title={entry === undefined ? 'Edit' : `Edit: ${entry.title}`}
      lead={entry === undefined ? undefined : KIND_NAME[entry.kind]}
      actions={
        <ButtonLink to="/admin/content" small>
          All content
        </ButtonLink>
      }
    >
      <Loaded
        load={load}
        what="The entry"
        lines={10}
        stillWorks="Readers still see what is published."
        forbidden={<EditorsOnly />}
      >
        {(value) => <Editing key={value.entry.id} first={value.entry} owner={value.me.id} />}
      </Loaded>
    </AppPage>
  )
}

function Editing({ first, owner }: { readonly first: Entry; readonly owner: string }) {
  const navigate = useNavigate()
  const editor = useEditor(first, owner)
  const action = useAction()
  const { entry, theirs, unsaved } = editor
  const path = `/v1/content/entries/${encodeURIComponent(entry.id)}`

  const publish = async (at: string | null): Promise<void> => {
    let words = ''
    await action.run(
      at === null ? 'publish' : 'schedule',
      async () => {
        const saved = await editor.save()
        if (saved === null) return
        const sent = await editor.send('publish', at === null ? {} : { at }, saved.version)
        if (sent !== null) words = at === null ? 'Published. Readers see it.' : `It appears ${formatMoment(at)}.`
      },
      () => words,
    )
  }
  const unpublish = async (): Promise<void> => {
    await action.run(
      'unpublish',
      async () => {
        const changed = await request('POST', `${path}/unpublish`, entryReader, { body: {} })
        editor.note(changed)
      },
      () => 'Readers do not see it any more.',
    )
  }
  const remove = async (): Promise<void> => {
    await action.run(
      'delete',
      async () => {
        await command('DELETE', path)
        dropDraft(entry.id)
        await navigate('/admin/content')
      },
      () => '',
    )
  }
  const restore = async (version: number): Promise<void> => {
    let words = ''
    await action.run(
      'restore',
      async () => {
        const restored = await editor.send(`versions/${version}/restore`, {}, entry.version)
        if (restored === null) return
        editor.take(restored)
        words = `Version ${version} is the newest again, as version ${restored.version}. Publish it when you are ready.`
      },
      () => words,
    )
  }

  return (
    <>
      <LeaveGuard active={unsaved} onLeave={editor.discard}>
        <p>
          What you wrote in <strong>{entry.title}</strong> since version {entry.version} is not saved.
        </p>
      </LeaveGuard>
      {editor.restored ? (
        <Notice
          title="What you had not saved is still here"
          live
          action={<Button onClick={editor.discard}>Discard it and show version {entry.version}</Button>}
        >
          <p>Look it through, then save.</p>
        </Notice>
      ) : null}
      <Outcome action={action} messages={{ forbidden: NO_RIGHT }} />
      {theirs === null ? null : <ConflictPanel key={theirs.version} editor={editor} theirs={theirs} />}
      <div className="editor">
        <Texts editor={editor} />
        <div className="stack">
          <PublishPanel
            editor={editor}
            busy={action.busy}
            onPublish={publish}
            onUnpublish={unpublish}
            onDelete={remove}
          />
          <Card title="Picture or video">
            <div className="stack">
              <MediaPicker
                kind={entry.kind}
                mediaId={editor.fields.media_id}
                onChoose={(media_id) => editor.change({ media_id })}
              />
              <Field
                label="Description of the picture"
                name="alt"
                hint="What it shows, for those who do not see it. Empty if it only decorates."
                value={editor.fields.alt}
                maxLength={300}
                onChange={(event) => editor.change({ alt: event.target.value })}
              />
            </div>
          </Card>
          <VersionHistory entry={entry} unsaved={unsaved} busy={action.busy === 'restore'} onRestore={restore} />
        </div>
      </div>
    </>
  )
}

/** Title, summary and text, and how they will look. */
function Texts({ editor }: { readonly editor: Editor }) {
  const whileSignedIn = useWhileSignedIn()
  const [previewing, setPreviewing] = useState(false)
  const [savedWords, setSavedWords] = useState('')
  // Which of the two buttons sent the form.
  const thenPreview = useRef(false)
  const { entry, fields, unsaved, change } = editor
  const fixedSlug = entry.published_version !== null || entry.status === 'scheduled'

  const submit = async (data: FormData): Promise<void> => {
    setSavedWords('')
    refuseUnless(data, { title: isFilled('a title'), slug: isFilled('the last part of its address') })
    await whileSignedIn(async () => {
      const saved = await editor.save()
      if (saved === null) return
      setSavedWords(`Saved as version ${saved.version}.`)
      if (thenPreview.current) setPreviewing(true)
    })
  }

  if (previewing) {
    return (
      <div className="stack">
        <Actions>
          <Button kind="primary" onClick={() => setPreviewing(false)} autoFocus>
            Back to writing
          </Button>
          <span className="meta">Version {entry.version}, as readers would see it</span>
        </Actions>
        <EntryPreview entry={entry} />
      </div>
    )
  }
  return (
    <Form onSubmit={submit} label="Entry" messages={{ forbidden: 'Your role allows reading only. Nothing was saved.' }}>
      {(busy) => (
        <>
          <Field
            label="Title"
            name="title"
            value={fields.title}
            maxLength={200}
            required
            onChange={(event) => change({ title: event.target.value })}
          />
          <Field
            label="Address"
            name="slug"
            hint={
              fixedSlug
                ? 'Readers may know it: it can be changed after the entry is unpublished.'
                : 'The last part: lower-case letters, digits and hyphens.'
            }
            value={fields.slug}
            maxLength={80}
            autoCapitalize="none"
            spellCheck={false}
            readOnly={fixedSlug}
            onChange={(event) => change({ slug: event.target.value })}
          />
          <TextArea
            label="Summary"
            name="summary"
            hint="One or two sentences, for lists and search engines."
            value={fields.summary}
            maxLength={500}
            rows={3}
            onChange={(event) => change({ summary: event.target.value })}
          />
          <div className="editor-body">
            <TextArea
              label="Text"
              name="body_markdown"
              hint="Markdown: # for headings, - for lists, **bold**, [words](address)."
              value={fields.body_markdown}
              maxLength={65_536}
              rows={20}
              onChange={(event) => change({ body_markdown: event.target.value })}
            />
          </div>
          <div className="save-state">
            <Button type="submit" kind="primary" busy={busy} onClick={() => (thenPreview.current = false)}>
              {busy ? 'Saving…' : 'Save draft'}
            </Button>
            {unsaved ? (
              <Button type="submit" busy={busy} onClick={() => (thenPreview.current = true)}>
                Save and preview
              </Button>
            ) : (
              <Button onClick={() => setPreviewing(true)}>Preview</Button>
            )}
            {unsaved ? <Badge tone="warning">Not saved</Badge> : null}
            <span role="status" className="meta">
              {unsaved ? '' : savedWords}
            </span>
          </div>
        </>
      )}
    </Form>
  )
}
