import type { Status } from '../rows.ts'
import { type Markup, html } from './markup.ts'

/** Drawn, not typed: not every machine has a font with these signs. */
export function iconSheet(): Markup {
  return html`<svg class="sheet" aria-hidden="true" width="0" height="0">
    <symbol id="i-pass" viewBox="0 0 16 16"><path d="M3 8.6l3.2 3.2L13 4.8" /></symbol>
    <symbol id="i-fail" viewBox="0 0 16 16"><path d="M4 4l8 8M12 4l-8 8" /></symbol>
    <symbol id="i-flaky" viewBox="0 0 16 16">
      <path d="M2.5 6.5c1.8-2.6 3.7-2.6 5.5 0s3.7 2.6 5.5 0M2.5 11c1.8-2.6 3.7-2.6 5.5 0s3.7 2.6 5.5 0" />
    </symbol>
    <symbol id="i-error" viewBox="0 0 16 16"><path d="M8 2.8v6.4M8 12.9v.2" /></symbol>
    <symbol id="i-inconclusive" viewBox="0 0 16 16">
      <path d="M5.3 5.4a2.8 2.8 0 1 1 4.4 2.3C8.6 8.5 8 9 8 10.2M8 13.1v.1" />
    </symbol>
    <symbol id="i-expired" viewBox="0 0 16 16">
      <circle cx="8" cy="8" r="5.6" />
      <path d="M8 4.9V8l2.2 1.6" />
    </symbol>
    <symbol id="i-missing" viewBox="0 0 16 16"><circle cx="8" cy="8" r="5" stroke-dasharray="2.6 2.6" /></symbol>
    <symbol id="i-unproved" viewBox="0 0 16 16"><path d="M8 3.6L12.4 8 8 12.4 3.6 8z" /></symbol>
    <symbol id="i-not_applicable" viewBox="0 0 16 16"><path d="M4 8h8" /></symbol>
  </svg>`
}

export function icon(status: Status): Markup {
  return html`<svg class="i" aria-hidden="true"><use href="#i-${status}" /></svg>`
}

/** A boom gate: raised for green, down for red, half way for a verdict on a part. */
export function gatePicture(verdict: 'green' | 'red' | 'partial'): Markup {
  const degrees = { green: -52, partial: -20, red: 0 }[verdict]
  // A raised boom needs room above.
  const top = verdict === 'green' ? -50 : 0
  return html`<svg class="gate" viewBox="0 ${top} 168 ${128 - top}" aria-hidden="true">
    <path class="ground" d="M4 120h160" />
    <g transform="rotate(${degrees} 34 58)">
      <rect class="boom" x="22" y="51" width="138" height="14" rx="7" />
      <path
        class="stripe"
        d="M58 51h14l-8 14H50zM88 51h14l-8 14H80zM118 51h14l-8 14h-14zM148 51h5a7 7 0 0 1 5.500 8l-3.500 6H140z"
      />
    </g>
    <path class="rest" d="M150 120V${verdict === 'red' ? 68 : 78}" />
    <rect class="post" x="20" y="40" width="28" height="80" rx="6" />
    <circle class="lamp" cx="34" cy="58" r="7" />
  </svg>`
}
