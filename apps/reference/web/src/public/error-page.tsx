import { Actions, ButtonLink, PageHeader } from '../design/index.ts'

export interface ErrorPageProps {
  readonly status: number
  readonly title: string
  readonly text: string
  /** For support. */
  readonly requestId: string
}

/** What somebody sees who asked for a page and got an error. */
export function ErrorPage({ status, title, text, requestId }: ErrorPageProps) {
  return (
    <div className="page narrow center">
      <p className="big-number" aria-hidden="true">
        {status}
      </p>
      <PageHeader title={title} lead={text} />
      <Actions>
        <ButtonLink to="/" kind="primary">
          To the home page
        </ButtonLink>
        <ButtonLink to="/docs">Documentation</ButtonLink>
      </Actions>
      <p className="notice-small">Request {requestId}</p>
    </div>
  )
}
