const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Whether brackets nest deeper than `depthMax`; looks no further than that. */
export function isDeeperThan(text: string, depthMax: number): boolean {
  let depth = 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) {
      // Only from quote to quote: what is in a string opens nothing.
      for (;;) {
        index = text.indexOf('"', index + 1)
        if (index < 0) return false
        let slashes = 0
        while (text.charCodeAt(index - 1 - slashes) === BACKSLASH) slashes += 1
        if (slashes % 2 === 0) break
      }
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth > depthMax) return true
    } else if (code === 0x7d || code === 0x5d) depth -= 1
  }
  return false
}
