import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { type Format, renderReport } from '@greengate/reports'
import type { Performed } from './perform.ts'

const FILES: readonly { readonly format: Exclude<Format, 'pretty'>; readonly name: string }[] = [
  { format: 'json', name: 'report.json' },
  { format: 'junit', name: 'report.junit.xml' },
  { format: 'sarif', name: 'report.sarif' },
  { format: 'markdown', name: 'report.md' },
  { format: 'html', name: 'report.html' },
]

/** Writes the report in every form. @throws GreengateError EVIDENCE_STORE */
export async function writeOutputs(dir: string, done: Performed): Promise<{ html: string }> {
  try {
    await mkdir(dir, { recursive: true })
    for (const { format, name } of FILES) {
      const file = join(dir, name)
      // A reader never sees half a report.
      await writeFile(`${file}.part`, renderReport(done.report, format, { color: false, columns: 120 }))
      await rename(`${file}.part`, file)
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new GreengateError('EVIDENCE_STORE', `The report can't be written: ${code}.`, { where: dir, cause: error })
  }
  return { html: join(dir, 'report.html') }
}
