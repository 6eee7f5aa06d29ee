import { useEffect, useState } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { tokenOf } from './return-to.ts'

/** The token of a mailed link. It is read once and taken out of the address, so that it stays in no history. */
export function useLinkToken(): string | null {
  const { hash, pathname } = useLocation()
  const navigate = useNavigate()
  const [token, setToken] = useState(() => tokenOf(hash))
  useEffect(() => {
    if (hash === '') return
    // Another mail may be opened in the same tab.
    setToken(tokenOf(hash))
    void navigate(pathname, { replace: true })
  }, [hash, pathname, navigate])
  return token
}
