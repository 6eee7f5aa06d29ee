import { useParams } from 'react-router'
import { Notice } from '../design/index.ts'
import { Invitations } from './organisation/invitations.tsx'
import { MemberList } from './organisation/member-list.tsx'
import { managesMembers, whyReadOnly } from './organisation/permissions.ts'
import { useOrganisation } from './organisation/use-organisation.ts'
import { AppPage } from './shared/app-page.tsx'
import { Loaded } from './shared/loaded.tsx'

export function Page() {
  const slug = useParams()['org'] ?? ''
  const { load, name, place } = useOrganisation(slug)
  return (
    <AppPage title={`Members of ${name}`} place={place}>
      <Loaded load={load} what="The members" lines={8}>
        {({ me, organisation: { role } }) => {
          const readOnly = whyReadOnly(role)
          return (
            <>
              {readOnly === null ? null : (
                <Notice title="You can look, not change">
                  <p>{readOnly}</p>
                </Notice>
              )}
              {managesMembers(role) ? <Invitations slug={slug} role={role} /> : null}
              <MemberList slug={slug} ownRole={role} ownId={me.id} onOwnChange={load.reload} />
            </>
          )
        }}
      </Loaded>
    </AppPage>
  )
}
