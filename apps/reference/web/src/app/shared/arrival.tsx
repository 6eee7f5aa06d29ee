import { type ReactNode, useEffect, useRef } from 'react'
import { usePageTitle } from '../../client/page-title.ts'
import { PageHeader } from '../../design/index.ts'

/**
 * Head of a page, or of the next step on the same page: then the focus goes to its title, as after a navigation.
 * @param isNextStep whether it replaces another step that the reader has just finished
 */
export function Arrival({
  title,
  lead,
  actions,
  isNextStep = false,
}: {
  readonly title: string
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  readonly isNextStep?: boolean
}) {
  usePageTitle(title)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (isNextStep) box.current?.querySelector('h1')?.focus()
  }, [isNextStep, title])
  return (
    <div ref={box}>
      <PageHeader title={title} lead={lead} actions={actions} />
    </div>
  )
}
