/** Words of PromQL that are no names of metrics; functions and aggregations are told by their bracket. */
const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'by', 'without', 'on', 'ignoring', 'inf', 'nan'])

/** Names of the metrics that an expression reads. */
export function metricNamesIn(expression: string): readonly string[] {
  const bare = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ')
  const names = [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)]
    .filter((found) => !/[\w.]/.test(bare[found.index - 1] ?? ''))
    .map(([name]) => name)
    .filter((name) => !WORDS.has(name.toLowerCase()))
  return [...new Set(names)]
}

/** Names that a scrape has, those of histograms with their endings. */
export function scrapedNames(text: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (\w+)$/.exec(line)
    if (type) {
      const [, name = '', kind] = type
      for (const ending of kind === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']) names.add(`${name}${ending}`)
    }
    const sample = /^([a-zA-Z_:][\w:]*)[{ ]/.exec(line)
    if (sample?.[1] !== undefined) names.add(sample[1])
  }
  return names
}
