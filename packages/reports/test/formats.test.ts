/**
 * Goal: no format hides a red, and nothing a service can print changes what a format means. Method: reports with every
 * status, with hostile text in every field, with no rows at all, and generated ones.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Report, reportSchema } from '@greengate/contracts'
import { FORMATS, type Format, renderReport } from '../src/index.ts'
import { sampleControl, sampleReport } from './sample-report.ts'
import { xmlProblems } from './xml.ts'

const PLAIN = { color: false, columns: 100 }
const HOSTILE =
  ']]>&amp;<script>alert(1)</script>|`` ``` ````\r\n\n# heading\n</details>\u0000\u001b[2J\u001b]0;owned\u0007\u202e{0} [a](http://x) @everyone https://x.example \ud800\uffff'

/** Every text of a report that a service can have a say in. */
function poisoned(text: string, base: Report = sampleReport({}, 2)): Report {
  const controls = base.controls.map((control) => ({
    ...control,
    target: text,
    title: text,
    reason: text,
    fix: text,
    why: text,
    aspects: { [text]: { outcome: control.outcome, code: text } },
    exercised: { [text]: 3 },
    findings: control.findings.map((one) => ({
      ...one,
      aspect: text,
      code: text,
      message: text,
      where: text,
      expected: text,
      observed: text,
      fix: text,
    })),
  }))
  return {
    ...base,
    service: text,
    environment: text,
    gate: text,
    policy: text,
    tool: text,
    hints: [text],
    reasons: [text],
    controls,
  }
}

const CONTROL_CHARACTERS = /[^\P{Cc}\n]|[\u202a-\u202e\ufffe\uffff]|\p{Cs}/u

const isJson = (text: string): boolean => typeof JSON.parse(text) === 'object'
/** Whether a program that knows the format can read it. */
const READERS: Readonly<Record<Format, (text: string) => boolean>> = {
  pretty: (text) => text.includes('RED'),
  json: isJson,
  sarif: isJson,
  junit: (text) => xmlProblems(text).length === 0,
  markdown: (text) => text.startsWith('# '),
  html: (text) => text.trimEnd().endsWith('</html>'),
}

describe('every format', () => {
  it.each(FORMATS)('%s shows nothing of a service that a reader would obey', (format) => {
    const text = renderReport(poisoned(HOSTILE), format, PLAIN)
    expect(text).not.toMatch(CONTROL_CHARACTERS)
  })

  it.each(FORMATS)('%s says the same twice', (format) => {
    expect(renderReport(sampleReport(), format, PLAIN)).toBe(renderReport(sampleReport(), format, PLAIN))
  })

  it.each(FORMATS)('%s renders 224 rows in less than 200 ms', (format) => {
    const report = sampleReport({}, 16)
    expect(report.controls).toHaveLength(224)
    renderReport(report, format, PLAIN)
    // The best of three: other work on the machine is not this code's.
    const tookMs = [1, 2, 3].map(() => {
      const startedMs = performance.now()
      renderReport(report, format, PLAIN)
      return performance.now() - startedMs
    })
    expect(Math.min(...tookMs)).toBeLessThan(200)
  })

  it.each(FORMATS)('%s never fails on any text', (format) => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const out = renderReport(poisoned(text, sampleReport({}, 1)), format, PLAIN)
        return !CONTROL_CHARACTERS.test(out) && READERS[format](out)
      }),
      { numRuns: 60 },
    )
    expect(READERS[format](renderReport(sampleReport(), format, PLAIN))).toBe(true)
  })

  it.each(FORMATS)('%s bounds one finding of a million characters', (format) => {
    const long = 'x y'.repeat(350_000)
    const control = sampleControl('ERR-04', 'fail')
    const findings = control.findings.map((one) => ({ ...one, observed: long }))
    const text = renderReport(sampleReport({ controls: [{ ...control, findings }] }), format, PLAIN)
    // JSON is the whole record.
    expect(text.length > long.length ? 'whole' : 'cut').toBe(format === 'json' ? 'whole' : 'cut')
    expect(text.length).toBeLessThan(format === 'json' ? 2 * long.length : 120_000)
  })
})

describe('json', () => {
  it('is the report itself, as its schema says', () => {
    const text = renderReport(sampleReport(), 'json', PLAIN)
    expect(text.startsWith('{\n  "schema": "greengate/report/v1",')).toBe(true)
    expect(text.endsWith('}\n')).toBe(true)
    expect(reportSchema.parse(JSON.parse(text))).toEqual(sampleReport())
  })
})

describe('junit', () => {
  const testcases = (text: string): Map<string, string> =>
    new Map(
      [
        ...text.matchAll(
          /<testcase classname="greengate\.([A-Z]+)" name="([A-Z]{3}-\d\d) [^"]*"[^>]*>([\s\S]*?)<\/testcase>/g,
        ),
      ].map(([, , id, body]) => [id ?? '', body ?? '']),
    )

  it('has one case for each row and lets only a pass pass', () => {
    const report = sampleReport()
    const cases = testcases(renderReport(report, 'junit', PLAIN))
    expect(cases.size).toBe(report.controls.length)
    for (const { id, status } of report.controls) {
      const body = cases.get(id) ?? ''
      const said = /<(failure|error|skipped)\b/.exec(body)?.[1] ?? 'passed'
      const expected =
        status === 'pass'
          ? 'passed'
          : status === 'not_applicable'
            ? 'skipped'
            : status === 'error'
              ? 'error'
              : 'failure'
      expect(`${id} ${said}`).toBe(`${id} ${expected}`)
    }
  })

  it('counts what it lists', () => {
    const text = renderReport(sampleReport(), 'junit', PLAIN)
    const total = (name: string): number => Number(new RegExp(`<testsuites[^>]* ${name}="(\\d+)"`).exec(text)?.[1])
    expect(total('tests')).toBe(text.match(/<testcase /g)?.length)
    expect(total('failures')).toBe(text.match(/<failure /g)?.length)
    expect(total('errors')).toBe(text.match(/<error /g)?.length)
    expect(total('skipped')).toBe(text.match(/<skipped /g)?.length)
  })

  it('is well-formed whatever is in it', () => {
    expect(xmlProblems(renderReport(poisoned(HOSTILE), 'junit', PLAIN))).toEqual([])
  })

  it('is never all green under a verdict that is not', () => {
    const partial = sampleReport({
      verdict: 'partial',
      controls: [sampleControl('CFG-01', 'pass')],
      reasons: ['--only CFG-01'],
    })
    expect(renderReport(partial, 'junit', PLAIN)).toContain('<failure type="partial"')
    expect(renderReport(sampleReport({ controls: [] }), 'junit', PLAIN)).toContain('Nothing was judged.')
  })
})

describe('pretty', () => {
  it('says the verdict first, and of each red all there is to know', () => {
    const text = renderReport(
      sampleReport({ controls: [sampleControl('ERR-04', 'fail'), sampleControl('CFG-01', 'pass')] }),
      'pretty',
      PLAIN,
    )
    expect(text.trim().startsWith('✗ RED')).toBe(true)
    for (const said of [
      'The gate stays shut: 1 control is broken.',
      'where     src/orders/route.ts:41',
      'expected  400 with',
      'seen      500 text/html',
      '    at JSON.parse',
      'fix       Give the body parser',
      'sha256:',
      'local trust',
      '2 min 14 s',
      '✓ CFG-01',
    ]) {
      expect(text).toContain(said)
    }
  })

  it('keeps to the columns there are', () => {
    const lines = renderReport(sampleReport(), 'pretty', { color: false, columns: 60 }).split('\n')
    const wide = lines.filter((line) => line.length > 60 && !line.includes('sha256:') && !line.includes(' proved  '))
    expect(wide).toEqual([])
  })

  it('has colour only where it is asked for', () => {
    expect(renderReport(sampleReport(), 'pretty', { color: true, columns: 100 })).toContain('\u001b[1;7;31m')
    expect(renderReport(sampleReport(), 'pretty', PLAIN)).not.toContain('\u001b')
  })

  it('is green in words for a green report', () => {
    const green = sampleReport({
      verdict: 'green',
      controls: [sampleControl('CFG-01', 'pass'), sampleControl('DAT-01', 'not_applicable')],
    })
    const text = renderReport(green, 'pretty', PLAIN)
    expect(text).toContain('✓ GREEN')
    expect(text).toContain('Everything that this gate requires is proved or does not apply.')
  })
})

describe('markdown', () => {
  /** What is neither code nor an escaped mark, read from left to right as a Markdown parser does. */
  const outsideCode = (text: string): string =>
    text
      .replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '')
      .replace(/\\[!-/:-@[-`{-~]|(?<!`)(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '§')

  it('lets no service write markup, links, mentions or cells', () => {
    const text = outsideCode(renderReport(poisoned(HOSTILE), 'markdown', PLAIN))
    expect(text).not.toMatch(/<script|\]\(http|@everyone|https:\/\/x|^# heading/m)
    expect(text.match(/<details>/g)?.length).toBe(text.match(/<\/details>/g)?.length)
    const rows = text.split('\n').filter((line) => line.startsWith('| '))
    expect(new Set(rows.map((row) => row.split('|').length))).toEqual(new Set([7]))
  })

  it('stays under 900 KiB and says what did not fit', () => {
    const long = 'ä'.repeat(5_000)
    const one = sampleControl('ERR-04', 'fail')
    const findings = Array.from({ length: 30 }, () => ({ ...one.findings[0]!, observed: long }))
    const text = renderReport(
      sampleReport({ controls: Array.from({ length: 400 }, () => ({ ...one, findings })) }),
      'markdown',
      PLAIN,
    )
    expect(Buffer.byteLength(text)).toBeLessThan(900 * 1024)
    expect(text).toContain('more red controls did not fit here')
    expect(text).toContain('local trust')
  })
})

describe('html', () => {
  it('is one file that loads nothing and runs only its own script', () => {
    const text = renderReport(poisoned(HOSTILE), 'html', PLAIN)
    expect(text.match(/<script/g)).toHaveLength(1)
    expect(text).toMatch(/default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'/)
    expect(text.match(/\s(?:src|style|on\w+)="/g)).toBeNull()
    expect(
      [...text.matchAll(/href="([^"]*)"/g)].map(([, href]) => href ?? '').filter((href) => !/^(#|data:,$)/.test(href)),
    ).toEqual([])
  })

  it('gives every row an address of its own', () => {
    const controls = [sampleControl('CFG-01', 'pass'), sampleControl('CFG-01', 'fail', { target: 'worker' })]
    const ids = [...renderReport(sampleReport({ controls }), 'html', PLAIN).matchAll(/ id="([^"]+)"/g)].map(
      ([, id]) => id,
    )
    expect(ids).toEqual(expect.arrayContaining(['CFG-01', 'CFG-01--2']))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('shows a red report without rows as red', () => {
    const text = renderReport(sampleReport({ controls: [] }), 'html', PLAIN)
    expect(text).toContain('Nothing was judged.')
  })
})
