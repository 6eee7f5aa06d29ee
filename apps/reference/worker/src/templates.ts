import type { Mail } from './mail-schema.ts'

export interface RenderedMail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

export interface TemplateOptions {
  /** Where people reach the platform, without a path. */
  readonly publicUrl: string
  readonly productName: string
}

interface Parts {
  readonly subject: string
  readonly greeting: string
  readonly paragraphs: readonly string[]
  /** What to do, if anything. */
  readonly action: { readonly label: string; readonly url: string } | null
  readonly closing: string
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
}

/**
 * What somebody else chose, as far as it may be in a mail of ours: letters, digits and what names have between them. Anything
 * else, an address to click on for instance, and it is left out: the mail goes to whomever its writer likes.
 */
function nameOrNothing(text: string): string {
  const plain = text.normalize('NFC').trim()
  return /^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N} ,'’&-]{0,59}$/u.test(plain) ? plain : ''
}

function greetingOf(name: string): string {
  const shown = nameOrNothing(name)
  return shown === '' ? 'Hello,' : `Hello ${shown},`
}

/** The same everywhere: whoever reads it may be anywhere. */
function timeText(time: string): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

const ROLES: Readonly<Record<string, string>> = {
  owner: 'an owner',
  admin: 'an admin',
  member: 'a member',
  viewer: 'a viewer',
}

function partsOf(mail: Mail, { publicUrl, productName }: TemplateOptions): Parts {
  // The token is in the fragment: browsers do not send it, so no log has it.
  const link = (path: string, token: string): string => `${publicUrl}${path}#token=${encodeURIComponent(token)}`
  switch (mail.template) {
    case 'verify_email':
      return {
        subject: `Confirm your address for ${productName}`,
        greeting: greetingOf(mail.data.name),
        paragraphs: [
          `Somebody signed up for ${productName} with this address. If it was you, confirm that it is yours.`,
        ],
        action: { label: 'Confirm the address', url: link('/verify', mail.data.token) },
        closing: `The link works once, until ${timeText(mail.data.expires_at)}. If it was not you, do nothing.`,
      }
    case 'reset_password':
      return {
        subject: `Choose a new password for ${productName}`,
        greeting: greetingOf(mail.data.name),
        paragraphs: ['Somebody asked for a new password for your account. If it was you, choose one now.'],
        action: { label: 'Choose a new password', url: link('/reset', mail.data.token) },
        closing: `The link works once, until ${timeText(mail.data.expires_at)}, and ends all your sessions. If it was not you, do nothing: your password stays as it is.`,
      }
    case 'account_exists':
      return {
        subject: `You have an account with ${productName}`,
        greeting: greetingOf(mail.data.name),
        paragraphs: [
          'Somebody tried to sign up with this address, which has an account already. If it was you, sign in instead; if you forgot the password, ask for a new one there.',
        ],
        action: { label: 'Sign in', url: `${publicUrl}/sign-in` },
        closing: 'If it was not you, do nothing: whoever it was learned nothing about your account.',
      }
    case 'invitation': {
      const organisation = nameOrNothing(mail.data.organisation)
      const where = organisation === '' ? 'an organisation' : organisation
      const role = ROLES[mail.data.role] ?? 'a member'
      return {
        subject: `Invitation to ${where} on ${productName}`,
        greeting: 'Hello,',
        paragraphs: [`You are invited to join ${where} on ${productName} as ${role}.`],
        action: { label: 'Accept the invitation', url: link('/invitations/accept', mail.data.token) },
        closing: `The link works once, until ${timeText(mail.data.expires_at)}. If you don't know who invited you, do nothing.`,
      }
    }
    case 'password_changed':
      return {
        subject: `Your password for ${productName} was changed`,
        greeting: greetingOf(mail.data.name),
        paragraphs: [
          `The password of your account was changed at ${timeText(mail.data.at)}. If it was you, there is nothing to do.`,
        ],
        action: { label: 'If it was not you, choose a new password', url: `${publicUrl}/sign-in` },
        closing: 'A new password ends all sessions.',
      }
  }
}

/** A mail as text and as HTML: pure, everything escaped, nothing loaded from anywhere. */
export function renderMail(mail: Mail, options: TemplateOptions): RenderedMail {
  const { subject, greeting, paragraphs, action, closing } = partsOf(mail, options)
  const before = [greeting, ...paragraphs]
  const text = [...before, ...(action ? [`${action.label}:\n${action.url}`] : []), closing, options.productName].join(
    '\n\n',
  )
  const paragraph = (one: string): string => `<p>${escapeHtml(one)}</p>`
  const button = action
    ? `<p><a href="${escapeHtml(action.url)}" style="color:#0b6e4f;font-weight:bold">${escapeHtml(action.label)}</a></p>` +
      `<p style="font-size:13px">Or open this address:<br>${escapeHtml(action.url)}</p>`
    : ''
  const html =
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(subject)}</title></head>` +
    `<body style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;max-width:36em;margin:2em auto;padding:0 1em">` +
    `${before.map(paragraph).join('')}${button}${paragraph(closing)}${paragraph(options.productName)}</body></html>`
  return { subject, text: `${text}\n`, html }
}
