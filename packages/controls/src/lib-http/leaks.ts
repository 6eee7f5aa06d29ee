/** One thing an error answer gave away. */
export interface Leak {
  readonly code: 'stack-trace' | 'sql' | 'file-path' | 'version' | 'internal-address'
  /** The piece that shows it, at most 160 characters. */
  readonly shown: string
}

/** A pattern is strict enough that prose does not match: `at`, `select` and `from` are words. */
const PATTERNS: readonly { readonly code: Leak['code']; readonly pattern: RegExp }[] = [
  // Node and browsers: `    at name (file:1:2)`; V8 prints line and column.
  { code: 'stack-trace', pattern: /(?:^|\n)\s*at (?:async )?[^\n]{1,200}?:\d+:\d+\)?/ },
  { code: 'stack-trace', pattern: /\((?:node:|file:\/\/)[^\n)]{1,200}:\d+:\d+\)|\bnode:internal\// },
  { code: 'stack-trace', pattern: /Traceback \(most recent call last\)|File "[^"\n]+", line \d+/ },
  {
    code: 'stack-trace',
    pattern: /\bat [\w$.<>]+\((?:[\w$]+\.(?:java|kt|scala|groovy):\d+|Native Method|Unknown Source)\)/,
  },
  {
    code: 'stack-trace',
    pattern:
      /\b(?:java|javax|jakarta|org\.springframework|org\.hibernate|com\.fasterxml)(?:\.\w+)+(?:Exception|Error)\b/,
  },
  // The class of an exception with its message, as `String(error)` writes it.
  {
    code: 'stack-trace',
    pattern: /\b(?:Type|Reference|Range|Key|Attribute|Index|ZeroDivision|Name|Runtime|NoMethod)Error: \S/,
  },
  { code: 'stack-trace', pattern: /\bgoroutine \d+ \[|\bruntime error: |\bpanic: / },
  { code: 'stack-trace', pattern: /[\w/.-]+\.(?:go|rb|php|rs|ex|exs):\d+(?::in |:\d+|\b)/ },
  { code: 'stack-trace', pattern: /Stack trace:\s*\n?#0 |\.php(?:<\/b>)? on line (?:<b>)?\d+/ },
  { code: 'stack-trace', pattern: /\bat [\w.<>`]+\([^)\n]*\) in [^\n]+:line \d+|\bSystem\.(?:\w+\.)*\w+Exception\b/ },
  { code: 'stack-trace', pattern: /\bthread '[^']*' panicked at / },
  // SQL as statements are written, not as sentences are.
  {
    code: 'sql',
    pattern:
      /\b(?:SELECT\s[\s\S]{1,300}?\sFROM\s|INSERT\s+INTO\s+["\w.]+\s*(?:\(|VALUES)|UPDATE\s+["\w.]+\s+SET\s|DELETE\s+FROM\s+["\w.]+)/,
  },
  {
    code: 'sql',
    pattern:
      /\b(?:select\s[\s\S]{1,300}?\sfrom\s[\s\S]{0,200}?(?:\$\d|\bwhere\b[\s\S]{1,80}=|")|select \* from \w|insert into ["\w.]+ ?\(|update ["\w.]+ set ["\w]+ ?=|delete from ["\w.]+ where)/,
  },
  {
    code: 'sql',
    pattern:
      /\bSQLSTATE\b|syntax error at or near "|violates (?:unique|foreign key|check|not-null|exclusion) constraint|(?:relation|column) "[^"]+" does not exist|invalid input syntax for type|invalid byte sequence for encoding/,
  },
  {
    code: 'sql',
    pattern:
      /\bORA-\d{5}\b|You have an error in your SQL syntax|\bSQLITE_[A-Z]+\b|\bno such (?:table|column): \w|\bpsycopg2?\.|\bPG::\w+|\bSequelize\w+Error\b|\bPrismaClient\w+Error\b|\bQueryFailedError\b|password authentication failed for user/,
  },
  {
    code: 'file-path',
    pattern:
      /(?:^|[\s"'(=:`])(?:file:\/\/)?\/(?:home|root|usr\/(?:src|local|lib|share)|var\/(?:www|lib|task|app)|opt|srv|tmp|app|workspace|Users|private|mnt|build|code)\/[\w.@+-]+(?:\/[\w.@+-]+)*\.(?:[cm]?[jt]sx?|py|rb|php|java|class|jar|go|rs|cs|dll|so|sql|json|ya?ml|env|toml|conf|ini|log|sock|html?|ejs|hbs)\b/,
  },
  // Anywhere else only files of source code, two folders deep, and not as the address of a page's script.
  {
    code: 'file-path',
    pattern:
      /(?:^|[\s(`]|(?<!(?:src|href|action)\s?=\s?)["'])(?:file:\/\/)?(?:\/[\w.@+-]+){2,}\/[\w.@+-]+\.(?:[cm]?ts|[cm]?js|py|rb|php|java|jar|class|go|rs|cs|dll|so)(?![\w/-])/,
  },
  { code: 'file-path', pattern: /\b(?:node_modules|site-packages|dist-packages|vendor\/bundle)\/[\w@.-]+/ },
  { code: 'file-path', pattern: /\b[A-Z]:\\(?:Users|Windows|Program Files|inetpub|app|src|code)\\[^\s"']+/ },
  { code: 'file-path', pattern: /\bENOENT: no such file or directory, \w+ '/ },
  {
    code: 'version',
    pattern:
      /\b(?:nginx|Apache|Apache Tomcat|Jetty|Express|Fastify|Werkzeug|gunicorn|uvicorn|Python|CPython|PHP|OpenSSL|Microsoft-IIS|PostgreSQL|MySQL|MariaDB|Redis|Kestrel|Django|Rails|Puma|Laravel)(?:\/| version | v?)(?:\d+\.\d+)/i,
  },
  { code: 'version', pattern: /\bNode\.js v\d+\.\d+/ },
  {
    code: 'internal-address',
    pattern:
      /\b(?:ECONNREFUSED|ETIMEDOUT|ECONNRESET|EHOSTUNREACH) [\w.:[\]-]+:\d+|\bgetaddrinfo (?:ENOTFOUND|EAI_AGAIN) \S|could not connect to server: |dial tcp [\w.:[\]-]+:\d+|connection to server at "/,
  },
]

/**
 * What no page says in its own words and no script of a page holds: searched for in the whole of a long body, where the
 * patterns above would take a script's import or a time of day for a leak. Each is narrower than one of them, and none
 * tries a long run of characters from each of its places anew.
 */
const ANYWHERE: readonly { readonly code: Leak['code']; readonly pattern: RegExp }[] = [
  {
    code: 'stack-trace',
    pattern:
      /\n[^\S\n]*at (?:async )?(?:[\w$.<>[\] ]{1,80}\()?(?:file:\/\/|node:|webpack-internal:|\/|[A-Z]:\\)[^\n()]{1,100}:\d+:\d+\)?/,
  },
  { code: 'stack-trace', pattern: /Traceback \(most recent call last\)|File "[^"\n]{1,200}", line \d+/ },
  {
    code: 'stack-trace',
    pattern: /\bat [\w$.<>]{1,200}\((?:[\w$]{1,100}\.(?:java|kt|scala|groovy):\d+|Native Method|Unknown Source)\)/,
  },
  { code: 'stack-trace', pattern: /\bgoroutine \d+ \[/ },
  { code: 'stack-trace', pattern: /[\w/-]{1,80}\.(?:rb|exs?):\d+:in / },
  { code: 'stack-trace', pattern: /Stack trace:\s{0,9}#0 |\.php(?:<\/b>)? on line (?:<b>)?\d+/ },
  { code: 'stack-trace', pattern: /\bat [\w.<>`]{1,200}\([^)\n]{0,200}\) in [^\n]{1,200}:line \d+/ },
  { code: 'stack-trace', pattern: /\bthread '[^'\n]{0,100}' panicked at / },
  {
    code: 'sql',
    pattern:
      /\bSQLSTATE\b\[\w{5}\]|syntax error at or near "|violates (?:unique|foreign key|check|not-null|exclusion) constraint|(?:relation|column) "[^"\n]{1,100}" does not exist|You have an error in your SQL syntax/,
  },
  {
    code: 'internal-address',
    pattern:
      /\b(?:ECONNREFUSED|ETIMEDOUT|ECONNRESET|EHOSTUNREACH) [\w.:[\]-]{1,100}:\d+|\bgetaddrinfo (?:ENOTFOUND|EAI_AGAIN) \S|connection to server at "/,
  },
]

/** Headers whose whole purpose is to name software. */
const SOFTWARE_HEADERS = new Set(['server', 'x-powered-by', 'x-aspnet-version', 'x-aspnetmvc-version', 'via'])
const SHOWN_CHARS_MAX = 160

/**
 * What a body gives away. Text that the request itself sent is taken out first: an echo is not a leak. JSON strings are
 * read unescaped, so that a stack inside of one is found.
 */
export function bodyLeaks(body: string, requestPath: string): Leak[] {
  const text = readable(body, requestPath)
  const leaks: Leak[] = []
  for (const { code, pattern } of PATTERNS) {
    const match = pattern.exec(text)
    if (match && !leaks.some((leak) => leak.code === code))
      leaks.push({ code, shown: match[0].trim().slice(0, SHOWN_CHARS_MAX) })
  }
  return leaks
}

/**
 * The pieces of a long body by which `bodyLeaks` knows a leak, one for each kind that is not among `known`; without what
 * stands around them, which may be anything.
 */
export function leakExcerpts(body: string, requestPath: string, known: readonly Leak['code'][]): string[] {
  const text = readable(body, requestPath)
  const excerpts = new Map<Leak['code'], string>()
  for (const { code, pattern } of ANYWHERE) {
    if (known.includes(code) || excerpts.has(code)) continue
    const match = pattern.exec(text)
    if (match) excerpts.set(code, match[0])
  }
  return [...excerpts.values()]
}

/** A body as its reader sees it, without what the request itself sent. */
function readable(body: string, requestPath: string): string {
  let text = body
    .replaceAll(String.raw`\n`, '\n')
    .replaceAll(String.raw`\"`, '"')
    .replaceAll(String.raw`\/`, '/')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll(/<br\s*\/?>(?:&nbsp;|\s)*/gi, '\n')
    .replaceAll('&nbsp;', ' ')
  const path = requestPath.split('?')[0] ?? ''
  for (const sent of new Set([requestPath, path, decode(path)]))
    if (sent.length > 3) text = text.replaceAll(sent, '<sent>')
  return text
}

/** Versions that headers give away; the name of a product alone is not one. */
export function headerLeaks(headers: Readonly<Record<string, string>>): Leak[] {
  return Object.entries(headers)
    .filter(
      ([name, value]) =>
        SOFTWARE_HEADERS.has(name) && (name === 'via' ? /\(.*\d+\.\d+.*\)/.test(value) : /\d+\.\d+/.test(value)),
    )
    .map(([name, value]) => ({ code: 'version' as const, shown: `${name}: ${value}`.slice(0, SHOWN_CHARS_MAX) }))
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
