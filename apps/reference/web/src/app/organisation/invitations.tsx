import { useState } from 'react'
import { command, request } from '../../client/api.ts'
import { Button, Card, Field, Form, Select, Table, VisuallyHidden } from '../../design/index.ts'
import { isEmail, refuseUnless, textOf } from '../account/form-checks.ts'
import { Confirm } from '../shared/confirm.tsx'
import { formatRelative } from '../shared/format.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Outcome } from '../shared/outcome.tsx'
import { type Invitation, invitationReader, invitationsReader } from '../shared/readers.ts'
import { useWhileSignedIn } from '../shared/session-end.ts'
import { useAction } from '../shared/use-action.ts'
import { useLoad } from '../shared/use-load.ts'
import { type Role, ROLE_MEANING, ROLE_NAME, rolesToGive } from './permissions.ts'

/** Invites people, and shows and takes back invitations that nobody has accepted yet. */
export function Invitations({ slug, role }: { readonly slug: string; readonly role: Role }) {
  const base = `/v1/organisations/${encodeURIComponent(slug)}/invitations`
  const invitations = useLoad(base, (signal) => request('GET', base, invitationsReader, { signal }))
  const action = useAction()
  const whileSignedIn = useWhileSignedIn()
  const [revoking, setRevoking] = useState<Invitation | null>(null)
  const [invited, setInvited] = useState('')
  const roles = rolesToGive(role).toReversed()

  const invite = async (data: FormData, form: HTMLFormElement): Promise<void> => {
    setInvited('')
    action.clear()
    refuseUnless(data, { email: isEmail })
    const email = textOf(data, 'email').trim()
    await whileSignedIn(async () => {
      const made = await request('POST', base, invitationReader, { body: { email, role: textOf(data, 'role') } })
      invitations.replace((old) => ({
        invitations: [
          made,
          ...(old?.invitations ?? []).filter((one) => one.id !== made.id && one.email !== made.email),
        ],
      }))
      setInvited(`${made.email} is invited. A mail is on its way.`)
      form.reset()
    })
  }
  const revoke = async (invitation: Invitation): Promise<void> => {
    setInvited('')
    await action.run(
      invitation.id,
      async () => {
        await command('DELETE', `${base}/${invitation.id}`)
        invitations.replace((old) => ({
          invitations: (old?.invitations ?? []).filter(({ id }) => id !== invitation.id),
        }))
      },
      `The invitation of ${invitation.email} is taken back.`,
    )
    setRevoking(null)
  }

  return (
    <Card title="Invite people">
      <div className="stack">
        <div className="invite-form">
          <Form onSubmit={invite} label="Invite somebody" messages={{ conflict: 'This person is a member already.' }}>
            {(busy) => (
              <>
                <Field label="E-mail address" name="email" type="email" autoComplete="off" maxLength={254} required />
                <Select label="Role" name="role" defaultValue="member">
                  {roles.map((one) => (
                    <option key={one} value={one}>
                      {ROLE_NAME[one]} – {ROLE_MEANING[one].toLowerCase()}
                    </option>
                  ))}
                </Select>
                <Button type="submit" kind="primary" busy={busy}>
                  {busy ? 'Inviting…' : 'Send invitation'}
                </Button>
              </>
            )}
          </Form>
        </div>
        <div role="status" className={invited === '' ? 'visually-hidden' : 'outcome'}>
          {invited}
        </div>
        <Outcome action={action} />
        <Loaded load={invitations} what="Open invitations" lines={2}>
          {({ invitations: open }) =>
            open.length === 0 ? (
              <p className="muted">No open invitations.</p>
            ) : (
              <Table
                caption="Open invitations"
                rows={open}
                rowKey={({ id }) => id}
                columns={[
                  { key: 'email', title: 'Address', cell: ({ email }) => email },
                  { key: 'role', title: 'Role', cell: (one) => ROLE_NAME[one.role] },
                  { key: 'ends', title: 'Ends', cell: (one) => formatRelative(one.expires_at, Date.now()) },
                  {
                    key: 'actions',
                    title: 'Actions',
                    cell: (one) => (
                      <Button small onClick={() => setRevoking(one)} busy={action.busy === one.id}>
                        Take back<VisuallyHidden> the invitation of {one.email}</VisuallyHidden>
                      </Button>
                    ),
                  },
                ]}
              />
            )
          }
        </Loaded>
      </div>
      <Confirm
        open={revoking !== null}
        title="Take back this invitation?"
        yes="Take back"
        busy={action.busy !== null}
        onYes={() => revoking && void revoke(revoking)}
        onNo={() => setRevoking(null)}
      >
        <p>
          The link in the mail to <strong>{revoking?.email}</strong> stops working at once.
        </p>
      </Confirm>
    </Card>
  )
}
