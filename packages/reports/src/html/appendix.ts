import type { Report } from '@greengate/contracts'
import { trustSentence } from '../rows.ts'
import { type Markup, html, none, prose } from './markup.ts'

/** What the verdict is about, what it rests on, and what was found out about the service. */
export function appendix(report: Report): Markup {
  return html`${hints(report)}${subject(report)}${facts(report)}`
}

function hints(report: Report): Markup {
  if (report.hints.length === 0) return none
  return html`<section class="card" aria-labelledby="hints">
    <h2 id="hints">What one line more would add</h2>
    <ul>
      ${report.hints.map((hint) => html`<li>${prose(hint)}</li>`)}
    </ul>
  </section> `
}

function subject(report: Report): Markup {
  const { subject: about } = report
  const binds = Object.entries(about.binds).filter(([, digest]) => digest !== '')
  return html`<section class="card" aria-labelledby="subject">
    <h2 id="subject">What this verdict is about</h2>
    <dl class="proof">
      <div>
        <dt>Subject</dt>
        <dd>${about.name}, ${about.kind}${about.dirty ? ', with uncommitted changes' : ''}</dd>
      </div>
      <div>
        <dt>Commit</dt>
        <dd>${about.commit === '' ? 'none' : html`<code>${about.commit}</code>`}</dd>
      </div>
      <div>
        <dt>Trust</dt>
        <dd>${trustSentence(report)}</dd>
      </div>
      <div>
        <dt>Policy</dt>
        <dd>${report.policy}</dd>
      </div>
      <div>
        <dt>Started</dt>
        <dd><time datetime="${report.startedAt}">${report.startedAt}</time></dd>
      </div>
      <div>
        <dt>Tool</dt>
        <dd>${report.tool}</dd>
      </div>
      <div class="wide">
        <dt>Digest</dt>
        <dd><code>${about.digest}</code></dd>
      </div>
      <div class="wide">
        <dt>Policy digest</dt>
        <dd><code>${report.policyDigest}</code></dd>
      </div>
      ${binds.map(
        ([name, digest]) =>
          html`<div class="wide">
            <dt>Bound to the ${name}</dt>
            <dd><code>${digest}</code></dd>
          </div>`,
      )}
    </dl>
  </section> `
}

function facts(report: Report): Markup {
  const known = report.facts.filter((fact) => fact.state !== 'unknown')
  if (report.facts.length === 0) return none
  const unknown = report.facts.length - known.length
  return html`<section class="card" aria-labelledby="facts">
    <h2 id="facts">What is known about the service</h2>
    <ul class="facts">
      ${known.map((fact) => html`<li><b>${fact.name}</b> <span class="state">${fact.state}</span> <span class="how">${fact.how}</span></li>`)}
    </ul>
    ${unknown === 0 ? none : html`<p class="about">Nobody could tell about ${unknown} more; what is not known is never taken for absent.</p>`}
  </section> `
}
