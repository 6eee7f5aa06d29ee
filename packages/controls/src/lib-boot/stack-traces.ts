/** How stack traces look, by runtime. */
const PATTERNS: readonly (readonly [runtime: string, pattern: RegExp])[] = [
  ['JavaScript', /(^|\n|\\n|<br>|&nbsp;)\s*at (async )?[^\n]{0,200}(:\d+:\d+\)?|\(native\)|<anonymous>)/],
  ['Python', /Traceback \(most recent call last\)|File "[^"\n]+", line \d+/],
  ['Java', /(\n|\\n|\\t|\t)\s*at [\w$.]+\([\w$]+\.(java|kt|scala):\d+\)/],
  ['Go', /goroutine \d+ \[[a-z ]+\]:|\bruntime\/debug\.Stack\b/],
  ['Ruby', /\.rb:\d+:in [`']/],
  ['PHP', /#0 [^\n]{1,200}\.php\(\d+\)|on line <?b?>?\d+.*\.php|Stack trace:\s*(\n|\\n)#0/],
  ['.NET', /\bat [\w.`<>]+\([^)\n]*\) in [^\n]+:line \d+/],
  ['Rust', /stack backtrace:|thread '[^']+' panicked at/],
]

/** The runtime whose stack trace a text holds, or null. */
export function stackTraceIn(text: string): string | null {
  return PATTERNS.find(([, pattern]) => pattern.test(text))?.[0] ?? null
}
