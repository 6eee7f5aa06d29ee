import { NoConnection } from './page-state.tsx'

/** The shell that the service worker shows for addresses it has nothing for. */
export function Page() {
  return <NoConnection />
}
