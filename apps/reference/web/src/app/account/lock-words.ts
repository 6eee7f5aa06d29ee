/** How long to wait, in words. @param retryAfterS seconds; null when nobody said */
export function waitWords(retryAfterS: number | null): string {
  if (retryAfterS === null) return 'a few minutes'
  if (retryAfterS < 90) return `${Math.max(1, Math.ceil(retryAfterS))} seconds`
  return `${Math.ceil(retryAfterS / 60)} minutes`
}
