import { useId, useState } from 'react'
import { request, command } from '../../client/api.ts'
import { Badge, Button, Card, Table, VisuallyHidden } from '../../design/index.ts'
import { Confirm } from '../shared/confirm.tsx'
import { formatDay } from '../shared/format.ts'
import { Loaded } from '../shared/loaded.tsx'
import { Outcome } from '../shared/outcome.tsx'
import { type Member, memberReader, membersReader } from '../shared/readers.ts'
import { useAction } from '../shared/use-action.ts'
import { usePages } from '../shared/use-pages.ts'
import { mayChange, type Role, ROLE_NAME, roleOf, rolesToGive } from './permissions.ts'

const PAGE_SIZE = 25

const nameOf = (member: Member): string => (member.name ? member.name : member.email)

/** Members a page at a time, with what the reader may do to each. */
export function MemberList({
  slug,
  ownRole,
  ownId,
  onOwnChange,
}: {
  readonly slug: string
  readonly ownRole: Role
  readonly ownId: string
  /** The reader's own role may be another one now. */
  readonly onOwnChange: () => void
}) {
  const base = `/v1/organisations/${encodeURIComponent(slug)}/members`
  const members = usePages(base, async (after, signal) => {
    const page = await request('GET', base, membersReader, { signal, query: { limit: PAGE_SIZE, after } })
    return { rows: page.members, next: page.next ?? null }
  })
  const action = useAction()
  const [removing, setRemoving] = useState<Member | null>(null)

  const change = async (member: Member, role: Role): Promise<void> => {
    await action.run(
      member.user_id,
      async () => {
        const changed = await request('PATCH', `${base}/${member.user_id}`, memberReader, { body: { role } })
        members.update((row) => (row.user_id === changed.user_id ? { ...row, role: changed.role } : row))
      },
      `${nameOf(member)} is ${ROLE_NAME[role].toLowerCase()} now.`,
    )
    if (member.user_id === ownId) onOwnChange()
  }
  const remove = async (member: Member): Promise<void> => {
    const removed = await action.run(
      member.user_id,
      async () => {
        await command('DELETE', `${base}/${member.user_id}`)
        members.update((row) => (row.user_id === member.user_id ? null : row))
      },
      `${nameOf(member)} is no member any more.`,
    )
    setRemoving(null)
    if (removed && member.user_id === ownId) onOwnChange()
  }

  const actionsOf = (member: Member) => {
    if (!mayChange(ownRole, member.role)) return <span className="muted">—</span>
    return (
      <Button small onClick={() => setRemoving(member)} busy={action.busy === member.user_id}>
        {member.user_id === ownId ? 'Leave' : 'Remove'}
        <VisuallyHidden> {nameOf(member)}</VisuallyHidden>
      </Button>
    )
  }

  return (
    <Card title="Members">
      <div className="stack">
        <Outcome
          action={action}
          messages={{ last_owner: 'An organisation needs an owner. Make somebody else an owner first.' }}
        />
        <Loaded load={members.load} what="The members" lines={8}>
          {({ rows, next }) => (
            <>
              <Table
                caption={`Members of ${slug}`}
                captionHidden
                rows={rows}
                rowKey={(member) => member.user_id}
                columns={[
                  {
                    key: 'who',
                    title: 'Who',
                    cell: (member) => (
                      <span className="who">
                        <span>
                          {nameOf(member)} {member.user_id === ownId ? <Badge tone="info">You</Badge> : null}
                        </span>
                        {member.name ? <span className="meta">{member.email}</span> : null}
                      </span>
                    ),
                  },
                  {
                    key: 'role',
                    title: 'Role',
                    cell: (member) =>
                      mayChange(ownRole, member.role) ? (
                        <RoleSelect
                          member={member}
                          roles={rolesToGive(ownRole)}
                          busy={action.busy === member.user_id}
                          onChange={(role) => void change(member, role)}
                        />
                      ) : (
                        ROLE_NAME[member.role]
                      ),
                  },
                  { key: 'since', title: 'Since', cell: (member) => formatDay(member.created_at) },
                  ...(rolesToGive(ownRole).length === 0 ? [] : [{ key: 'actions', title: 'Actions', cell: actionsOf }]),
                ]}
              />
              {next === null ? (
                <p className="meta">That is everybody: {rows.length}.</p>
              ) : (
                <div className="actions">
                  <Button onClick={members.more} busy={members.loadingMore}>
                    {members.loadingMore ? 'Loading more…' : 'Show more members'}
                  </Button>
                  <span className="meta">{rows.length} shown.</span>
                </div>
              )}
            </>
          )}
        </Loaded>
      </div>
      <Confirm
        open={removing !== null}
        title={removing?.user_id === ownId ? 'Leave this organisation?' : 'Remove this member?'}
        yes={removing?.user_id === ownId ? 'Leave' : 'Remove'}
        busy={action.busy !== null}
        onYes={() => removing && void remove(removing)}
        onNo={() => setRemoving(null)}
      >
        <p>
          <strong>{removing ? nameOf(removing) : ''}</strong>
          {removing?.user_id === ownId
            ? ', that is you, loses all access to this organisation at once. Only an invitation brings it back.'
            : ' loses all access to this organisation at once. What they recorded stays. An account that is in no organisation any more is deleted.'}
        </p>
      </Confirm>
    </Card>
  )
}

/** Changes a role when it is chosen and confirmed by its own button: arrow keys alone must not change anything. */
function RoleSelect({
  member,
  roles,
  busy,
  onChange,
}: {
  readonly member: Member
  readonly roles: readonly Role[]
  readonly busy: boolean
  readonly onChange: (role: Role) => void
}) {
  const id = useId()
  const [chosen, setChosen] = useState<Role | null>(null)
  const value = chosen ?? member.role
  return (
    <span className="role-select">
      <label htmlFor={id} className="visually-hidden">
        Role of {nameOf(member)}
      </label>
      <select
        id={id}
        className="input"
        value={value}
        onChange={(event) => {
          const role = roleOf(event.target.value)
          setChosen(role === undefined || role === member.role ? null : role)
        }}
      >
        {roles.map((role) => (
          <option key={role} value={role}>
            {ROLE_NAME[role]}
          </option>
        ))}
      </select>
      {chosen !== null && chosen !== member.role ? (
        <Button small kind="primary" busy={busy} onClick={() => onChange(chosen)}>
          Save
          <VisuallyHidden>
            {' '}
            {ROLE_NAME[chosen]} as role of {nameOf(member)}
          </VisuallyHidden>
        </Button>
      ) : null}
    </span>
  )
}
