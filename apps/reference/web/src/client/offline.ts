/** Keeps the shell and what was read for when there is no network. Without a service worker nothing is different. */
export function keepShell(): void {
  if (!('serviceWorker' in navigator)) return
  const { serviceWorker } = navigator
  const start = async (): Promise<void> => {
    const first = serviceWorker.controller === null
    await serviceWorker.register('/service-worker.js', { updateViaCache: 'none' })
    const { active } = await serviceWorker.ready
    // It was read before there was anybody to keep it.
    if (first) active?.postMessage({ keep: location.pathname })
  }
  // Private windows and full disks refuse: the site works as before.
  const register = (): void => void start().catch(() => undefined)
  // Not while the page still needs the line.
  if (document.readyState === 'complete') register()
  else addEventListener('load', register, { once: true })
}
