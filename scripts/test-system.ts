/**
 * Runs the tests of the whole reference platform, and writes the reports that the gate reads: JUnit, and lcov over what ran in
 * Node and in the browser.
 */
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pagesLcov } from '../apps/reference/web/test/pages-lcov.ts'

const root = join(import.meta.dirname, '..')
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const pages = mkdtempSync(join(tmpdir(), 'page-coverage-'))

try {
  const child = spawn(process.execPath, [vitest, 'run', '--config', 'vitest.system.config.ts'], {
    cwd: root,
    env: { ...process.env, PAGE_COVERAGE_DIR: pages },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => child.kill(signal))
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  // Two views of one file, as a server and as pages ran it, stand in two entries: readers take the lines of both.
  if (code === 0) appendFileSync(join(root, 'reports/system/lcov.info'), await pagesLcov(pages, root))
  process.exitCode = code ?? 1
} finally {
  rmSync(pages, { recursive: true, force: true })
}
