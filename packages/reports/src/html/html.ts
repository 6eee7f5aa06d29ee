import { createHash } from 'node:crypto'
import type { Report } from '@greengate/contracts'
import { oneLine } from '../text.ts'
import { appendix } from './appendix.ts'
import { iconSheet } from './icons.ts'
import { Markup, html } from './markup.ts'
import { controlMap, filters, hero } from './overview.ts'
import { anchorsOf, controlSections } from './rows-html.ts'
import { SCRIPT } from './script.ts'
import { STYLE } from './style.ts'

const hashOf = (content: string): string => `'sha256-${createHash('sha256').update(content).digest('base64')}'`

/** Nothing is loaded, nothing but this very style and script is run, whatever a service managed to have printed. */
const POLICY = `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(SCRIPT)}; img-src data:; base-uri 'none'; form-action 'none'`

/** One file that asks nobody for anything and works without its script. */
export function renderHtml(report: Report): string {
  const anchors = anchorsOf(report.controls)
  // Style and script go in whole: a formatter's blank inside them would change their hashes.
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${new Markup(POLICY)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${oneLine(report.service, 100)}: ${report.verdict} · Greengate</title>
        <link rel="icon" href="data:," />
        ${new Markup(`<style>${STYLE}</style>`)}
      </head>
      <body>
        ${iconSheet()}
        <a class="skip" href="#controls">Skip to the controls</a>
        <header class="top">
          <span class="brand"
            ><svg aria-hidden="true" viewBox="0 0 20 20"><path d="M3 17V8a7 7 0 0 1 14 0v9M10 17V9" /></svg
            >Greengate</span
          ><span class="when">${when(report.startedAt)}</span>
        </header>
        <main>
          ${hero(report)} ${controlMap(report, anchors)}
          <div id="controls" tabindex="-1">${filters(report)} ${controlSections(report.controls, anchors)}</div>
          ${appendix(report)}
        </main>
        <footer>
          <p>Made by ${oneLine(report.tool, 100)}. Judge the evidence again, offline: <code>greengate verify</code></p>
        </footer>
        ${new Markup(`<script>${SCRIPT}</script>`)}
      </body>
    </html> `
  return page.text
}

/** `2026-11-21 06:52 UTC` */
const when = (iso: string): string =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(iso) ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : oneLine(iso, 40)
