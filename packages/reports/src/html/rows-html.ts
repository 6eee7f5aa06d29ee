import type { Finding, ReportControl } from '@greengate/contracts'
import { STATUS_LOOKS, type Status, type Tone, familyOf, isGreen, lookOf, worstFirst } from '../rows.ts'
import { count, duration, oneLine } from '../text.ts'
import { icon } from './icons.ts'
import { type Markup, html, none, prose } from './markup.ts'

const FINDINGS_MAX = 50

export type Anchors = ReadonlyMap<ReportControl, string>

/** An address in the page for each row: the control's id, numbered where a control has several targets. */
export function anchorsOf(controls: readonly ReportControl[]): Anchors {
  const seen = new Map<string, number>()
  return new Map(
    controls.map((control) => {
      const id = control.id.replace(/[^\w-]/g, '-')
      const n = (seen.get(id) ?? 0) + 1
      seen.set(id, n)
      return [control, n === 1 ? id : `${id}--${n}`]
    }),
  )
}

const SECTIONS: readonly { readonly tone: Tone; readonly title: string; readonly about: string }[] = [
  { tone: 'bad', title: 'Broken', about: 'Seen to be wrong, or not judged because something broke.' },
  { tone: 'open', title: 'Not known to be right', about: 'No proof, so not green: the gate does not guess.' },
  {
    tone: 'good',
    title: 'Proved',
    about: 'Tried, seen to be right, and the check has shown that it can see the opposite.',
  },
  {
    tone: 'none',
    title: 'Not applicable',
    about: 'The service has nothing that these are about; how that is known is said in each.',
  },
]

export function controlSections(controls: readonly ReportControl[], anchors: Anchors): Markup {
  const sorted = worstFirst(controls)
  const many = new Set(controls.map((control) => control.target)).size > 1
  return html`${SECTIONS.map(({ tone, title, about }) => {
    const rows = sorted.filter((control) => lookOf(control).tone === tone)
    if (rows.length === 0) return none
    return html`<section class="group ${tone}" aria-labelledby="group-${tone}">
      <h2 id="group-${tone}">${title} <span class="n">${rows.length}</span></h2>
      <p class="about">${about}</p>
      ${rows.map((control) => row(control, anchors, many))}
    </section> `
  })}`
}

export function pill(status: Status): Markup {
  const look = STATUS_LOOKS[status]
  return html`<span class="pill ${look.tone}">${icon(status)}${look.word}</span>`
}

/** As much of the reason as stands in the line itself. */
const REASON_CHARS_MAX = 180

function row(control: ReportControl, anchors: Anchors, showTarget: boolean): Markup {
  const target = showTarget ? html`<span class="target">${oneLine(control.target, 80)}</span>` : none
  const said = control.reason === '' && !isGreen(control) ? lookOf(control).meaning : control.reason
  const isShort = said === oneLine(said) && said.length <= REASON_CHARS_MAX
  // What thirty rows say alike is said once, by the status.
  const because =
    said === '' || control.status === 'unproved'
      ? none
      : html`<p class="because">${oneLine(said, REASON_CHARS_MAX)}</p>`
  return html`<details class="control" data-status="${control.status}" data-family="${familyOf(control)}">
    <summary>
      <span class="id">${control.id}</span>
      <div class="what">
        <h3>${prose(oneLine(control.title, 400))}</h3>
        ${because}
      </div>
      ${target}${pill(control.status)}
    </summary>
    <div class="body" id="${anchors.get(control) ?? ''}">
      ${isShort && control.status !== 'unproved' ? none : html`<p class="reason">${said}</p>`}
      ${control.findings.slice(0, FINDINGS_MAX).map(findingCard)}
      ${control.findings.length > FINDINGS_MAX ? html`<p>${count(control.findings.length - FINDINGS_MAX, 'more finding')}: all are in the JSON report.</p>` : none}
      <div class="prose">
        ${
          isGreen(control)
            ? none
            : html`<div>
                <h4>How to fix it</h4>
                <p>${prose(control.fix)}</p>
              </div>`
        }
        <div>
          <h4>Why it matters</h4>
          <p>${prose(control.why)}</p>
        </div>
      </div>
      ${aspects(control)} ${proofList(control)}
    </div>
  </details> `
}

function findingCard(finding: Finding): Markup {
  return html`<article class="finding">
    <h4>${oneLine(finding.message, 1_000)}</h4>
    <p class="where">
      <span class="label">Where</span> <code>${finding.where === '' ? 'not tied to one place' : finding.where}</code>
    </p>
    <div class="pair">
      <div class="expected">
        <span class="label">Expected</span>
        <p>${prose(finding.expected)}</p>
      </div>
      <div class="seen">
        <span class="label">Seen</span>
        <p>${finding.observed}</p>
      </div>
    </div>
    <div class="mend">
      <span class="label">Fix</span>
      <p>${prose(finding.fix)}</p>
    </div>
    <p class="code">${finding.aspect} <span aria-hidden="true">/</span> ${finding.code}</p>
  </article> `
}

function aspects(control: ReportControl): Markup {
  const all = Object.entries(control.aspects)
  if (all.length === 0) return none
  return html`<h4>Aspects</h4>
    <ul class="aspects">
      ${all.map(([name, aspect]) => {
        const look = STATUS_LOOKS[aspect.outcome]
        const code = aspect.code === 'ok' || aspect.code === '' ? '' : `, ${aspect.code}`
        return html`<li class="${look.tone}">
          ${icon(aspect.outcome)}<b>${name}</b> <span>${look.word}${code}</span>
        </li>`
      })}
    </ul>`
}

function proofList(control: ReportControl): Markup {
  const { tried, caught } = control.refutations
  const exercised = Object.entries(control.exercised)
  const took = control.cached
    ? 'Observed in an earlier run of identical inputs, judged again now'
    : duration(control.durationMs)
  return html`<h4>Evidence</h4>
    <dl class="proof">
      <div>
        <dt>Target</dt>
        <dd>${control.target}</dd>
      </div>
      <div>
        <dt>Proved by</dt>
        <dd>${control.proof.length === 0 ? 'nothing yet' : control.proof.join(', ')}</dd>
      </div>
      <div>
        <dt>Refutations</dt>
        <dd>${tried === 0 ? 'none tried' : `${caught} of ${tried} caught`}</dd>
      </div>
      <div>
        <dt>Exercised</dt>
        <dd>
          ${exercised.length === 0 ? 'nothing' : html`${exercised.map(([name, n]) => html`<span class="did"><b>${n}</b> ${spaced(name)}</span> `)}`}
        </dd>
      </div>
      <div>
        <dt>Took</dt>
        <dd>${took}</dd>
      </div>
      <div class="wide">
        <dt>Signed statement</dt>
        <dd>${control.evidence === '' ? 'none' : html`<code>${control.evidence}</code>`}</dd>
      </div>
    </dl>`
}

/** `faultSeen` reads `fault seen`. */
const spaced = (name: string): string =>
  name.replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
