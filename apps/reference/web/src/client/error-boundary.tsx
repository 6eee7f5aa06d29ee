import { Component, type ReactNode } from 'react'
import { Button, Notice } from '../design/index.ts'
import { reportError } from './error-report.ts'

export interface ErrorBoundaryProps {
  /** What was being shown, in words. */
  readonly what: string
  /** The boundary tries again when it changes: a new address, for instance. */
  readonly resetKey: string
  readonly children: ReactNode
}

interface State {
  readonly failed: boolean
  readonly resetKey: string
}

/** What breaks below it is reported once and replaced by a page that can be left; what is around it goes on. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, State> {
  override state: State = { failed: false, resetKey: this.props.resetKey }

  static getDerivedStateFromError(): Partial<State> {
    return { failed: true }
  }

  static getDerivedStateFromProps(props: ErrorBoundaryProps, state: State): State | null {
    return props.resetKey === state.resetKey ? null : { failed: false, resetKey: props.resetKey }
  }

  override componentDidCatch(error: unknown): void {
    reportError(error)
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children
    return (
      <Notice
        tone="danger"
        title={`${this.props.what} could not be shown`}
        live
        action={
          <>
            <Button kind="primary" onClick={() => this.setState({ failed: false })}>
              Try again
            </Button>
            <Button onClick={() => location.reload()}>Reload</Button>
          </>
        }
      >
        <p>Something went wrong on this page. It was reported to us; the rest of the site still works.</p>
      </Notice>
    )
  }
}
