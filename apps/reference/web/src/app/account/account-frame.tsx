import type { ReactNode } from 'react'
import { Card } from '../../design/index.ts'
import { Arrival } from '../shared/arrival.tsx'
import './account.css'

/** A page around one short form, for who is not signed in. */
export function AccountFrame({
  title,
  lead,
  isNextStep = false,
  below,
  children,
}: {
  readonly title: string
  readonly lead?: ReactNode
  readonly isNextStep?: boolean
  /** Other ways to go from here. */
  readonly below?: ReactNode
  readonly children: ReactNode
}) {
  return (
    <div className="page form-page">
      <Arrival title={title} lead={lead} isNextStep={isNextStep} />
      <Card>
        <div className="stack">{children}</div>
      </Card>
      {below === undefined ? null : <div className="account-below">{below}</div>}
    </div>
  )
}
