import { useNavigate } from 'react-router'
import { signOut } from '../client/session.ts'
import { Button } from '../design/index.ts'
import { ChangePassword } from './account/change-password.tsx'
import { Sessions } from './account/sessions.tsx'
import { AppPage } from './shared/app-page.tsx'
import { forgetSession, knownMe, loadMe } from './shared/me.ts'
import { Outcome } from './shared/outcome.tsx'
import { useAction } from './shared/use-action.ts'
import { useLoad } from './shared/use-load.ts'

export function Page() {
  const navigate = useNavigate()
  const action = useAction()
  const me = useLoad('/v1/me', loadMe)
  const person = me.value ?? knownMe()
  const leave = async (): Promise<void> => {
    await action.run(
      'sign-out',
      async () => {
        await signOut()
        forgetSession()
        await navigate('/')
      },
      '',
    )
  }
  return (
    <AppPage
      title="Your account"
      lead={person?.email ?? undefined}
      actions={
        <Button onClick={() => void leave()} busy={action.busy !== null}>
          {action.busy === null ? 'Sign out' : 'Signing out…'}
        </Button>
      }
    >
      <Outcome action={action} />
      <Sessions />
      <ChangePassword email={person?.email ?? ''} />
    </AppPage>
  )
}
