import { usePageTitle } from '../client/page-title.ts'
import { Actions, ButtonLink, PageHeader } from '../design/index.ts'

export function NotFound() {
  usePageTitle('Page not found')
  return (
    <div className="page narrow center">
      <p className="big-number" aria-hidden="true">
        404
      </p>
      <PageHeader
        title="Page not found"
        lead="There is nothing at this address. It may have been moved or taken down."
      />
      <Actions>
        <ButtonLink to="/" kind="primary">
          To the home page
        </ButtonLink>
        <ButtonLink to="/docs">Documentation</ButtonLink>
      </Actions>
    </div>
  )
}
