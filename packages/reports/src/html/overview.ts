import type { Report } from '@greengate/contracts'
import { STATUS_LOOKS, byFamily, isGreen, lookOf, statusCounts, unexplainedRed, verdictSentence } from '../rows.ts'
import { duration, oneLine } from '../text.ts'
import { gatePicture, icon } from './icons.ts'
import { type Markup, html, none } from './markup.ts'
import type { Anchors } from './rows-html.ts'

/** The verdict at a glance: gate, one sentence, coverage. */
export function hero(report: Report): Markup {
  const word = { green: 'Green', red: 'Red', partial: 'Partial' }[report.verdict]
  const unexplained = report.controls.length === 0 ? unexplainedRed({ ...report, reasons: [] }) : ''
  return html`<section class="hero ${report.verdict}" aria-labelledby="verdict">
    <div class="said">
      ${gatePicture(report.verdict)}
      <div>
        <p class="eyebrow">${oneLine(report.gate, 60)} gate · ${oneLine(report.environment, 60)}</p>
        <h1 id="verdict">
          <span class="name">${oneLine(report.service, 120)}</span> <span class="word">${word}</span>
        </h1>
        <p class="sentence">${verdictSentence(report)}</p>
        ${unexplained === '' ? none : html`<p class="sentence">${unexplained}</p>`}
        ${
          report.reasons.length === 0
            ? none
            : html`<ul class="reasons">
                ${report.reasons.map((reason) => html`<li>${reason}</li>`)}
              </ul>`
        }
      </div>
    </div>
    ${coverage(report)}
  </section> `
}

/** One bar: the whole width is the catalogue, in it what this gate requires, in that what is proved. */
function coverage(report: Report): Markup {
  const { proved, required, catalogue } = report.coverage
  const whole = Math.max(catalogue, required, 1)
  const at = (n: number): string => ((Math.min(Math.max(n, 0), whole) / whole) * 1_000).toFixed(1)
  const text = `${proved} controls proved, ${required} required by this gate, ${catalogue} in the catalogue`
  return html`<div class="coverage">
    <svg class="bar" viewBox="0 0 1000 28" preserveAspectRatio="none" role="img" aria-label="${text}">
      <rect class="all" width="1000" height="28" />
      <rect class="required" width="${at(required)}" height="28" />
      <rect class="proved" width="${at(proved)}" height="28" />
    </svg>
    <dl>
      <div class="proved">
        <dt>proved</dt>
        <dd>${proved}</dd>
      </div>
      <div class="required">
        <dt>required here</dt>
        <dd>${required}</dd>
      </div>
      <div class="all">
        <dt>in the catalogue</dt>
        <dd>${catalogue}</dd>
      </div>
      <div class="took">
        <dt>took</dt>
        <dd>${duration(report.durationMs)}</dd>
      </div>
    </dl>
  </div> `
}

/** Every row of the report as one small tile, family by family. */
export function controlMap(report: Report, anchors: Anchors): Markup {
  if (report.controls.length === 0) return none
  return html`<section class="map" aria-labelledby="map">
    <h2 id="map">All controls</h2>
    <div class="families">
      ${byFamily(report).map(
        (family) =>
          html`<div class="family">
            <h3>
              <abbr title="${family.name}">${family.key}</abbr> <span class="long">${family.name}</span>
              <span class="tally"
                >${family.controls.filter(isGreen).length}<span aria-hidden="true">/</span
                ><span class="hear"> green of </span>${family.controls.length}</span
              >
            </h3>
            <ul>
              ${family.controls.map((control) => {
                const look = lookOf(control)
                const anchor = anchors.get(control) ?? ''
                return html`<li>
                  <a
                    class="tile ${look.tone}"
                    href="#${anchor}"
                    data-to="${anchor}"
                    title="${control.id} ${look.word}: ${oneLine(control.title, 160)}"
                    >${icon(control.status)}<span class="hear">${family.key}-</span
                    >${control.id.replace(/^[A-Z]+-/, '')}<span class="hear"> ${look.word}</span></a
                  >
                </li>`
              })}
            </ul>
          </div> `,
      )}
    </div>
    <ul class="legend">
      ${statusCounts(report.controls).map(
        ({ status, n }) =>
          html`<li>
            <span class="tile ${STATUS_LOOKS[status].tone}">${icon(status)}${n}</span>
            <b>${STATUS_LOOKS[status].word}</b> <span>${STATUS_LOOKS[status].meaning}</span>
          </li>`,
      )}
    </ul>
  </section> `
}

/** Hidden until the script runs: without it everything is shown, and nothing pretends to work. */
export function filters(report: Report): Markup {
  if (report.controls.length === 0) return none
  return html`<form class="filters" id="filters" role="search" aria-label="Filter the controls" hidden>
    <div class="fields">
      <label class="find"
        ><span class="hear">Search in the controls</span
        ><input
          type="search"
          id="find"
          placeholder="Search controls, findings, places"
          autocomplete="off"
          spellcheck="false"
      /></label>
      <label
        ><span class="hear">Family</span
        ><select id="family">
          <option value="">All families</option>
          ${byFamily(report).map((family) => html`<option value="${family.key}">${family.key} ${family.name}</option>`)}
        </select></label
      >
    </div>
    <div class="tools">
      <p id="shown" role="status"></p>
      <button type="button" id="reset" hidden>Clear filters</button><button type="button" id="toggle">Open all</button>
    </div>
    <div class="chips" role="group" aria-label="Status">
      ${statusCounts(report.controls).map(
        ({ status, n }) =>
          html`<button
            type="button"
            class="chip ${STATUS_LOOKS[status].tone}"
            data-status="${status}"
            aria-pressed="false"
          >
            ${icon(status)}${STATUS_LOOKS[status].word} <span>${n}</span>
          </button>`,
      )}
    </div>
  </form> `
}
