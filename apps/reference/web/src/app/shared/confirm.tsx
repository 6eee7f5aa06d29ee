import type { ReactNode } from 'react'
import { Actions, Button, Dialog } from '../../design/index.ts'

/** Asks before something that can't be taken back. The button says what it does. */
export function Confirm({
  open,
  title,
  yes,
  no = 'Cancel',
  busy = false,
  onYes,
  onNo,
  children,
}: {
  readonly open: boolean
  readonly title: string
  readonly yes: string
  readonly no?: string
  readonly busy?: boolean
  readonly onYes: () => void
  readonly onNo: () => void
  readonly children: ReactNode
}) {
  return (
    <Dialog open={open} title={title} onClose={onNo}>
      {children}
      <Actions>
        <Button onClick={onNo} autoFocus>
          {no}
        </Button>
        <Button kind="danger" busy={busy} onClick={onYes}>
          {yes}
        </Button>
      </Actions>
    </Dialog>
  )
}
