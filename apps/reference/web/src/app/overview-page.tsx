import { useState } from 'react'
import { Link, useNavigate } from 'react-router'
import { command } from '../client/api.ts'
import { Actions, Badge, Button, ButtonLink, Card, Dialog, Empty, Form } from '../design/index.ts'
import { isFilled, isOrganisationSlug, refuseUnless, textOf } from './account/form-checks.ts'
import { NameAndSlug, ORGANISATION_SLUG } from './account/name-and-slug.tsx'
import { ROLE_MEANING, ROLE_NAME } from './organisation/permissions.ts'
import { AppPage } from './shared/app-page.tsx'
import { formatCount, formatNumber } from './shared/format.ts'
import { Loaded } from './shared/loaded.tsx'
import { knownMe, loadMe } from './shared/me.ts'
import type { OwnOrganisation } from './shared/readers.ts'
import { useWhileSignedIn } from './shared/session-end.ts'
import { useLoad } from './shared/use-load.ts'
import { askUsage } from './usage/ask-usage.ts'
import { spanOf } from './usage/usage-range.ts'
import { meterName, seriesOf } from './usage/usage-series.ts'

/** Organisations whose usage is shown at once: each is a request. */
const SUMMARIES_MAX = 6

export function Page() {
  const me = useLoad('/v1/me', loadMe)
  const [adding, setAdding] = useState(false)
  const person = me.value ?? knownMe()
  const name = person?.name ?? ''
  return (
    <AppPage
      title={name === '' ? 'Overview' : `Hello, ${name}`}
      lead={person?.email === null || person === null ? undefined : `You are signed in as ${person.email}.`}
      actions={<Button onClick={() => setAdding(true)}>New organisation</Button>}
    >
      <Loaded load={me} what="Your organisations" lines={6}>
        {({ organisations }) =>
          organisations.length === 0 ? (
            <Empty title="You are in no organisation yet">
              <p>Ask somebody to invite you, or make an organisation of your own.</p>
              <Button kind="primary" onClick={() => setAdding(true)}>
                New organisation
              </Button>
            </Empty>
          ) : (
            <section aria-labelledby="organisations" className="stack">
              <h2 id="organisations">{formatCount(organisations.length, 'organisation', 'organisations')}</h2>
              <ul className="grid organisation-grid">
                {organisations.map((one, index) => (
                  <li key={one.slug}>
                    <OrganisationCard organisation={one} withUsage={index < SUMMARIES_MAX} />
                  </li>
                ))}
              </ul>
            </section>
          )
        }
      </Loaded>
      <NewOrganisation open={adding} onClose={() => setAdding(false)} />
    </AppPage>
  )
}

function OrganisationCard({ organisation, withUsage }: { organisation: OwnOrganisation; withUsage: boolean }) {
  const { slug, name, role } = organisation
  return (
    <Card
      level={3}
      title={<Link to={`/app/${slug}/members`}>{name}</Link>}
      action={<Badge tone={role === 'owner' ? 'success' : 'neutral'}>{ROLE_NAME[role]}</Badge>}
    >
      <div className="stack">
        <p className="meta">{ROLE_MEANING[role]}.</p>
        {withUsage ? <UsageSummary slug={slug} /> : null}
        <Actions>
          <ButtonLink to={`/app/${slug}/usage`} small>
            Usage<span className="visually-hidden"> of {name}</span>
          </ButtonLink>
          <ButtonLink to={`/app/${slug}/members`} small>
            Members<span className="visually-hidden"> of {name}</span>
          </ButtonLink>
        </Actions>
      </div>
    </Card>
  )
}

function UsageSummary({ slug }: { readonly slug: string }) {
  const [span] = useState(() => spanOf({ kind: 'preset', preset: '30d' }, Date.now()))
  const usage = useLoad(`usage ${slug}`, (signal) => askUsage(slug, span, signal))
  return (
    <Loaded load={usage} what="Usage" lines={2}>
      {(answer) => {
        const series = seriesOf(answer.usage, span)
        if (series.length === 0) return <p className="muted">No usage in the last 30 days.</p>
        return (
          <dl className="figures" aria-label="Usage of the last 30 days">
            {series.slice(0, 4).map(({ meter, total }) => (
              <div key={meter}>
                <dt>{meterName(meter)}, 30 days</dt>
                <dd>{formatNumber(total)}</dd>
              </div>
            ))}
          </dl>
        )
      }}
    </Loaded>
  )
}

function NewOrganisation({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const navigate = useNavigate()
  const whileSignedIn = useWhileSignedIn()
  const submit = async (data: FormData): Promise<void> => {
    refuseUnless(data, { name: isFilled('a name'), slug: isOrganisationSlug })
    const made = textOf(data, 'slug')
    const sent = await whileSignedIn(() =>
      command('POST', '/v1/organisations', { body: { slug: made, name: textOf(data, 'name').trim() } }),
    )
    if (sent) await navigate(`/app/${made}/members`)
  }
  return (
    <Dialog open={open} title="New organisation" onClose={onClose}>
      <Form onSubmit={submit} messages={{ conflict: 'This short name is taken. Choose another one.' }}>
        {(busy) => (
          <>
            <NameAndSlug
              name={{ name: 'name', label: 'Name', max: 120 }}
              slug={{ name: 'slug', ...ORGANISATION_SLUG }}
            />
            <Actions>
              <Button type="submit" kind="primary" busy={busy}>
                {busy ? 'Creating…' : 'Create organisation'}
              </Button>
              <Button onClick={onClose}>Cancel</Button>
            </Actions>
          </>
        )}
      </Form>
    </Dialog>
  )
}
