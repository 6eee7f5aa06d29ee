/**
 * The code of a page that somebody goes to did not come: it may be that of another build than the server has by now. Loads the
 * page anew, but not one that was loaded anew already; that one says what it can't show.
 */
export function reloadForCode(): void {
  // On the server nobody is on line.
  if (!navigator.onLine) return
  const [loaded] = performance.getEntriesByType('navigation') as [PerformanceNavigationTiming]
  if (loaded.type !== 'reload') location.reload()
}
