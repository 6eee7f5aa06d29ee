import { useState } from 'react'
import { Link, useNavigate, useSearchParams } from 'react-router'
import { request } from '../client/api.ts'
import { Actions, Badge, Button, Dialog, Empty, Form, Select, Table } from '../design/index.ts'
import { isFilled, refuseUnless, textOf } from './account/form-checks.ts'
import { NameAndSlug } from './account/name-and-slug.tsx'
import { EditorsOnly } from './admin/editors-only.tsx'
import { KIND_NAME, STATUS_NAME, STATUS_TONE, statusWords } from './admin/entry-words.ts'
import { type EntrySummary, entriesReader, entryReader, KINDS, STATUSES } from './admin/readers.ts'
import { AppPage } from './shared/app-page.tsx'
import { formatMoment } from './shared/format.ts'
import { Loaded } from './shared/loaded.tsx'
import { useWhileSignedIn } from './shared/session-end.ts'
import { usePages } from './shared/use-pages.ts'
import './admin/admin.css'

const PAGE_SIZE = 20

export function Page() {
  const [query, setQuery] = useSearchParams()
  const [adding, setAdding] = useState(false)
  const kind = KINDS.find((one) => one === query.get('kind'))
  const status = STATUSES.find((one) => one === query.get('status'))
  const entries = usePages(`entries ${kind} ${status}`, async (after, signal) => {
    const page = await request('GET', '/v1/content/entries', entriesReader, {
      signal,
      query: { kind, status, limit: PAGE_SIZE, after },
    })
    return { rows: page.entries, next: page.next }
  })
  const filtered = kind !== undefined || status !== undefined
  return (
    <AppPage
      title="Content"
      lead="What the public pages show: the front page, posts and the documentation."
      actions={
        <Button kind="primary" onClick={() => setAdding(true)}>
          New entry
        </Button>
      }
    >
      <form
        className="filter-form"
        aria-label="Filter"
        onSubmit={(event) => {
          event.preventDefault()
          const data = new FormData(event.currentTarget)
          const chosen = ['kind', 'status'].filter((name) => textOf(data, name) !== '')
          setQuery(Object.fromEntries(chosen.map((name) => [name, textOf(data, name)])))
        }}
      >
        <Select label="Kind" name="kind" defaultValue={kind ?? ''}>
          <option value="">All kinds</option>
          {KINDS.map((one) => (
            <option key={one} value={one}>
              {KIND_NAME[one]}
            </option>
          ))}
        </Select>
        <Select label="Status" name="status" defaultValue={status ?? ''}>
          <option value="">Any status</option>
          {STATUSES.map((one) => (
            <option key={one} value={one}>
              {STATUS_NAME[one]}
            </option>
          ))}
        </Select>
        <Button type="submit">Show these</Button>
      </form>
      <Loaded
        load={entries.load}
        what="The entries"
        lines={8}
        stillWorks="Readers still see what is published."
        forbidden={<EditorsOnly />}
      >
        {({ rows, next }) =>
          rows.length === 0 ? (
            <Empty title={filtered ? 'Nothing of this kind and status' : 'Nothing written yet'}>
              {filtered ? (
                <Button onClick={() => setQuery({})}>Show everything</Button>
              ) : (
                <Button onClick={() => setAdding(true)}>Write the first entry</Button>
              )}
            </Empty>
          ) : (
            <>
              <EntryTable rows={rows} />
              {next === null ? null : (
                <Actions>
                  <Button onClick={entries.more} busy={entries.loadingMore}>
                    {entries.loadingMore ? 'Loading more…' : 'Show more entries'}
                  </Button>
                </Actions>
              )}
            </>
          )
        }
      </Loaded>
      <NewEntry open={adding} onClose={() => setAdding(false)} />
    </AppPage>
  )
}

function EntryTable({ rows }: { readonly rows: readonly EntrySummary[] }) {
  return (
    <Table
      caption="Entries, the newest first"
      captionHidden
      rows={rows}
      rowKey={({ id }) => id}
      columns={[
        {
          key: 'title',
          title: 'Title',
          cell: (entry) => (
            <span className="who">
              <Link to={`/admin/content/${entry.id}`}>{entry.title}</Link>
              <span className="meta code">{entry.slug}</span>
            </span>
          ),
        },
        { key: 'kind', title: 'Kind', cell: (entry) => KIND_NAME[entry.kind] },
        {
          key: 'status',
          title: 'Status',
          cell: (entry) => (
            <span className="who">
              <span>
                <Badge tone={STATUS_TONE[entry.status]}>{STATUS_NAME[entry.status]}</Badge>
              </span>
              <span className="meta">{statusWords(entry)}</span>
            </span>
          ),
        },
        { key: 'updated', title: 'Last written', cell: (entry) => formatMoment(entry.updated_at) },
      ]}
    />
  )
}

function NewEntry({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const navigate = useNavigate()
  const whileSignedIn = useWhileSignedIn()
  const submit = async (data: FormData): Promise<void> => {
    refuseUnless(data, { title: isFilled('a title'), slug: isFilled('the last part of its address') })
    let id = ''
    const sent = await whileSignedIn(async () => {
      const made = await request('POST', '/v1/content/entries', entryReader, {
        body: { kind: textOf(data, 'kind'), title: textOf(data, 'title').trim(), slug: textOf(data, 'slug') },
      })
      id = made.id
    })
    if (sent) await navigate(`/admin/content/${id}`)
  }
  return (
    <Dialog open={open} title="New entry" onClose={onClose}>
      <Form
        onSubmit={submit}
        messages={{
          conflict: 'There is such an entry already. Choose another address; there is only one front page.',
          forbidden: 'Your role does not allow you to write.',
        }}
      >
        {(busy) => (
          <>
            <Select label="Kind" name="kind" defaultValue="post">
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {KIND_NAME[one]}
                </option>
              ))}
            </Select>
            <NameAndSlug
              name={{ name: 'title', label: 'Title', max: 200 }}
              slug={{
                name: 'slug',
                label: 'Address',
                max: 80,
                hint: 'Its last part: lower-case letters, digits and hyphens.',
              }}
            />
            <Actions>
              <Button type="submit" kind="primary" busy={busy}>
                {busy ? 'Creating…' : 'Create draft'}
              </Button>
              <Button onClick={onClose}>Cancel</Button>
            </Actions>
          </>
        )}
      </Form>
    </Dialog>
  )
}
