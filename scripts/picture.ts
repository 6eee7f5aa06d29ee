/**
 * Takes a picture of an HTML report: `node scripts/picture.ts REPORT.html OUT.png [--dark] [--width N] [--height N]`.
 * Width and height are CSS pixels; defaults 1280 and 1000.
 */
import { mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { launchChromium } from '../packages/reports/test/chromium.ts'

const USAGE = 'Usage: node scripts/picture.ts REPORT.html OUT.png [--dark] [--width N] [--height N]'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { dark: { type: 'boolean', default: false }, width: { type: 'string' }, height: { type: 'string' } },
})
const [report, out] = positionals
const width = Number(values.width ?? 1_280)
const height = Number(values.height ?? 1_000)
if (report === undefined || out === undefined || !Number.isInteger(width) || !Number.isInteger(height)) {
  console.error(USAGE)
  process.exitCode = 2
} else {
  await mkdir(dirname(resolve(out)), { recursive: true })
  const browser = await launchChromium()
  try {
    const page = await browser.newPage({
      viewport: { width, height },
      colorScheme: values.dark ? 'dark' : 'light',
      reducedMotion: 'reduce',
    })
    await page.goto(pathToFileURL(resolve(report)).href)
    await page.screenshot({ path: out })
  } finally {
    await browser.close()
  }
}
