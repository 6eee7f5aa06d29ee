/** Goal: what a mail says is right, escaped and loads nothing, whatever names hold. Method: the pure functions. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Mail, mailSchema } from '../src/mail-schema.ts'
import { renderMail } from '../src/templates.ts'

const options = { publicUrl: 'https://www.acme.test', productName: 'Greengate' }
const token = 'a-token_of.some~length'
const expires_at = '2026-11-22T12:30:00Z'
const to = 'ada@example.test'
const mails: readonly (readonly [Mail, string | null])[] = [
  [{ template: 'verify_email', to, data: { name: 'Ada', token, expires_at } }, `/verify#token=${token}`],
  [{ template: 'reset_password', to, data: { name: 'Ada', token, expires_at } }, `/reset#token=${token}`],
  [{ template: 'account_exists', to, data: { name: '' } }, '/sign-in'],
  [
    { template: 'invitation', to, data: { organisation: 'First & Co', role: 'admin', token, expires_at } },
    `/invitations/accept#token=${token}`,
  ],
  [{ template: 'password_changed', to, data: { name: 'Ada', at: expires_at } }, '/sign-in'],
]

describe('a mail', () => {
  it.each(mails.map(([mail, link]) => [mail.template, mail, link] as const))(
    '%s says what to do',
    (_name, mail, link) => {
      const { subject, text, html } = renderMail(mailSchema.parse(mail), options)
      expect(subject).toMatch(/^[\x20-\x7e]{10,120}$/)
      expect(text).toContain(`https://www.acme.test${link}`)
      expect(html).toContain(`href="https://www.acme.test${link}"`)
      expect(text).not.toMatch(/undefined|\[object|<\w/)
      expect(html).not.toMatch(/undefined|<(?:img|script|link|iframe)|src=|url\(/)
    },
  )

  it('never carries what somebody else wrote as more than a name', () => {
    for (const name of [
      '<b>x</b>',
      'Click https://evil.test',
      'evil.test',
      'a\r\nBcc: b@c.test',
      'x'.repeat(61),
      '‮Ada',
      '@x',
    ]) {
      const greeted = renderMail({ template: 'account_exists', to, data: { name } }, options)
      expect(greeted.text.startsWith('Hello,\n')).toBe(true)
      const invited = renderMail(
        { template: 'invitation', to, data: { organisation: name, role: '<i>', token, expires_at } },
        options,
      )
      expect(invited.subject).toBe('Invitation to an organisation on Greengate')
      expect(invited.html).not.toContain(name)
    }
    expect(renderMail({ template: 'account_exists', to, data: { name: 'Zoë O’Hara' } }, options).text).toContain(
      'Hello Zoë O’Hara,',
    )
  })

  it('has neither markup nor another line in its subject, whatever comes in', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 120, unit: 'binary' }), (name) => {
        const { subject, html } = renderMail(
          { template: 'invitation', to, data: { organisation: name, role: name.slice(0, 40), token, expires_at } },
          options,
        )
        expect(subject).not.toMatch(/[\r\n<>]/)
        expect(html.match(/<a /g)).toHaveLength(1)
      }),
    )
  })
})

describe('a payload', () => {
  it.each([
    ['nothing', null],
    ['another template', { template: 'advert', to, data: {} }],
    ['no address', { template: 'account_exists', to: 'nobody', data: { name: '' } }],
    ['two addresses', { template: 'account_exists', to: 'a@b.test,c@d.test', data: { name: '' } }],
    ['a header in the address', { template: 'account_exists', to: 'a@b.test\r\nbcc: c@d.test', data: { name: '' } }],
    ['a token that breaks out', { template: 'verify_email', to, data: { name: '', token: '"><script>', expires_at } }],
    ['a time that is none', { template: 'verify_email', to, data: { name: '', token, expires_at: 'soon' } }],
  ])('with %s is none', (_what, payload) => expect(mailSchema.safeParse(payload).success).toBe(false))
})
