import type { CaughtMail } from './mail-catcher.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => ESCAPES[one] ?? one)

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:52rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}ul{list-style:none;padding:0}
li{border-top:1px solid #8886;padding:.75rem 0}
a{color:inherit}small{opacity:.75}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #8886;border-radius:.5rem;padding:1rem}`

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body><main>${body}</main></body></html>`
}

/** The list of mails, newest first. */
export function mailsPage(mails: readonly CaughtMail[]): string {
  const rows = mails.map(
    (mail) =>
      `<li><a href="/emails/${mail.id}">${escaped(mail.subject)}</a><br>` +
      `<small>to ${escaped(mail.to.join(', '))}, <time datetime="${mail.receivedAt}">${mail.receivedAt}</time></small></li>`,
  )
  const list =
    rows.length === 0 ? '<p>No mail yet. Reload this page after you asked for one.</p>' : `<ul>${rows.join('')}</ul>`
  return page('Mails', `<h1>Mails that would have been sent</h1>${list}`)
}

/** The text with its links to follow: what came as HTML is shown as its source. */
export function mailPage(mail: CaughtMail): string {
  const linked = escaped(mail.text).replace(
    /https?:\/\/[^\s<]+/g,
    (url) => `<a href="${url}" target="_blank" rel="noreferrer">${url}</a>`,
  )
  return page(
    mail.subject,
    `<p><a href="/">All mails</a></p><h1>${escaped(mail.subject)}</h1>
<p><small>from ${escaped(mail.from)} to ${escaped(mail.to.join(', '))}, ${mail.receivedAt}</small></p>
<pre>${linked}</pre><details><summary>HTML</summary><pre>${escaped(mail.html)}</pre></details>`,
  )
}
