import { useCallback } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { ApiError } from '../../client/api-error.ts'
import { refreshSession } from '../../client/session.ts'
import { signInAt } from '../account/return-to.ts'
import { forgetMe } from './me.ts'

/** Whether an error says that nobody is signed in (any more); a wrong password is refused with the same status. */
export function isSessionEnd(error: Pick<ApiError, 'status' | 'code'>): boolean {
  return error.status === 401 && error.code !== 'sign_in_refused'
}

/**
 * What to do with an error first: when the session has ended it goes to the sign-in page, which comes back to this one,
 * and says true; everything else is the caller's.
 */
export function useSessionEnd(): (error: ApiError) => boolean {
  const navigate = useNavigate()
  const { pathname, search } = useLocation()
  return useCallback(
    (error: ApiError) => {
      if (!isSessionEnd(error)) return false
      const wasSignedIn = forgetMe()
      void refreshSession()
      void navigate(signInAt({ pathname, search }, wasSignedIn), { replace: true })
      return true
    },
    [navigate, pathname, search],
  )
}

/**
 * Runs what a form does. Resolves to false when the session had ended and the sign-in page is on its way.
 * @throws ApiError for everything else that went wrong
 */
export function useWhileSignedIn(): (work: () => Promise<void>) => Promise<boolean> {
  const endSession = useSessionEnd()
  return useCallback(
    async (work: () => Promise<void>) => {
      try {
        await work()
        return true
      } catch (thrown) {
        if (thrown instanceof ApiError && endSession(thrown)) return false
        throw thrown
      }
    },
    [endSession],
  )
}
