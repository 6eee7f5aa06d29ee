/**
 * Goal: people get an account with an organisation, confirm their address and set a new password by mail, exactly once each
 * however often and however parallel it is asked for. Method: requests injected into the service on a real database.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountCalls, type AccountCalls, OTHER_PASSWORD, PASSWORD, shape, statuses, times } from './account-calls.ts'
import { codeOf, type StartedPlatform, startPlatform } from './started-platform.ts'

let platform: StartedPlatform
let on: AccountCalls

beforeAll(async () => {
  platform = await startPlatform()
  on = accountCalls(platform)
})
afterAll(() => platform.stop())

describe('sign-up', () => {
  it('makes account, organisation and owner, and lets nobody in before the address is confirmed', async () => {
    const who = on.fresh()
    const answer = await on.signUp({ ...who, email: who.email.toUpperCase() })
    expect([answer.status, answer.body]).toEqual([202, { status: 'verification_sent' }])
    expect(codeOf(await on.signIn(who))).toBe('email_unverified')
    expect(codeOf(await on.signIn(who, 'wrong password 1'))).toBe('sign_in_refused')
    expect(await platform.mailsTo(who.email)).toMatchObject([
      { template: 'verify_email', data: { name: 'Ada Okafor' } },
    ])
    expect((await on.confirm(await on.lastToken(who.email))).status).toBe(204)
    const signedIn = await on.signIn(who)
    expect(signedIn.status).toBe(200)
    expect((await on.me(String(signedIn.body['token']))).body).toEqual({
      kind: 'user',
      id: expect.any(String),
      email: who.email,
      name: 'Ada Okafor',
      organisations: [{ slug: who.slug, name: 'Acme', role: 'owner' }],
    })
  })

  it('says of a slug that is taken, and leaves nothing of the account', async () => {
    const [first, second] = [on.fresh(), on.fresh()]
    await on.signUp(first)
    const answer = await on.signUp({ ...second, slug: first.slug })
    expect([answer.status, codeOf(answer)]).toEqual([409, 'conflict'])
    const { slug } = await platform.organisation()
    expect(codeOf(await on.signUp({ ...second, slug }))).toBe('conflict')
    expect(await on.count('users where email = $1', [second.email])).toBe(0)
    expect(await platform.mailsTo(second.email)).toEqual([])
    expect((await on.signUp(second)).status).toBe(202)
  })

  it('is answered alike when it is repeated, one after the other and at once, and done once', async () => {
    const who = on.fresh()
    const answers = [await on.signUp(who), await on.signUp(who), ...(await times(5, () => on.signUp(who)))]
    expect(statuses(answers)).toEqual(Array(7).fill(202))
    const twin = on.fresh()
    expect(statuses(await times(5, () => on.signUp(twin)))).toEqual(Array(5).fill(202))
    for (const { email } of [who, twin]) {
      expect(await on.count('users where email = $1', [email])).toBe(1)
      expect(await on.templates(email)).toEqual(['verify_email'])
    }
    // With another password it is another sign-up, and the slug is taken.
    expect((await on.signUp(who, OTHER_PASSWORD)).status).toBe(409)
  })

  it('mails the owner of an account that exists, and lets nobody else in', async () => {
    const owner = await on.someone()
    const answer = await on.signUp({ email: owner.email, slug: on.fresh().slug }, OTHER_PASSWORD)
    expect([answer.status, answer.body]).toEqual([202, { status: 'verification_sent' }])
    expect(await on.templates(owner.email)).toEqual(['verify_email', 'account_exists'])
    expect((await on.signIn(owner)).status).toBe(200)
    expect((await on.signIn(owner, OTHER_PASSWORD)).status).toBe(403)
    expect(await on.count('memberships m join users u on u.id = m.user_id where u.email = $1', [owner.email])).toBe(1)
  })

  it('by a second person with another password kills the link of the first: only a reset leads in', async () => {
    const who = on.fresh()
    await on.signUp(who)
    const link = await on.lastToken(who.email)
    await on.signUp({ ...who, slug: on.fresh().slug }, OTHER_PASSWORD)
    expect(codeOf(await on.confirm(link))).toBe('token_refused')
    await on.askReset(who.email)
    expect((await on.reset(await on.lastToken(who.email), 'the right pass phrase')).status).toBe(204)
    expect((await on.signIn(who, 'the right pass phrase')).status).toBe(200)
    expect((await on.signIn(who)).status).toBe(401)
  })

  it.each(['another slug', 'the same slug'])(
    'by a second person, for %s, leaves the first no way in, whichever link is confirmed',
    async (which) => {
      const first = on.fresh()
      await on.signUp(first, 'the first one chose it')
      const link = await on.lastToken(first.email)
      const { slug } = which === 'the same slug' ? first : on.fresh()
      const second = await on.signUp({ email: first.email, slug }, 'the second one chose it')
      expect(second.status).toBe(which === 'the same slug' ? 409 : 202)
      expect((await on.templates(first.email)).at(-1)).toBe('account_exists')
      expect(codeOf(await on.confirm(link))).toBe('token_refused')
      // A fresh link works, and confirms no password.
      await on.askVerification(first.email)
      expect((await on.confirm(await on.lastToken(first.email))).status).toBe(204)
      for (const password of ['the first one chose it', 'the second one chose it'])
        expect(codeOf(await on.signIn(first, password))).toBe('sign_in_refused')
      await on.askReset(first.email)
      expect((await on.reset(await on.lastToken(first.email), 'the right pass phrase')).status).toBe(204)
      expect((await on.signIn(first, 'the right pass phrase')).status).toBe(200)
    },
  )

  it('that somebody repeats with another password takes nothing from an account that is confirmed', async () => {
    const owner = await on.someone()
    const { slug } = on.fresh()
    expect((await on.signUp({ email: owner.email, slug }, 'a stranger chose it')).status).toBe(202)
    expect((await on.signUp({ email: owner.email, slug }, 'a stranger chose again')).status).toBe(409)
    expect((await on.signIn(owner)).status).toBe(200)
    expect((await on.me(owner.token)).status).toBe(200)
  })

  it('makes 200 accounts with 200 organisations out of 200 at once', async () => {
    const before = [await on.count('users'), await on.count('organisations')]
    const people = Array.from({ length: 200 }, on.fresh)
    expect(statuses(await Promise.all(people.map((who) => on.signUp(who))))).toEqual(Array(200).fill(202))
    const after = [await on.count('users'), await on.count('organisations')]
    expect(after).toEqual(before.map((count) => count + 200))
    for (const { email } of people) expect(await on.templates(email)).toEqual(['verify_email'])
    const homeless = 'users u where not exists (select 1 from memberships m where m.user_id = u.id)'
    expect(await on.count(homeless)).toBe(0)
  }, 120_000)

  it('makes one account out of 200 at once for one address, and answers all alike', async () => {
    const { email } = on.fresh()
    const organisations = await on.count('organisations')
    const answers = await times(200, (index) => on.signUp({ email, slug: `many-${index}` }))
    expect(statuses(answers)).toEqual(Array(200).fill(202))
    expect(new Set(answers.map((one) => JSON.stringify(shape(one)))).size).toBe(1)
    expect(await on.count('users where email = $1', [email])).toBe(1)
    expect(await on.count('organisations')).toBe(organisations + 1)
    const templates = await on.templates(email)
    expect(templates.filter((template) => template === 'verify_email')).toHaveLength(1)
    // A mailbox is not flooded: 5 an hour, and the first one, which is always sent.
    expect(templates.length).toBeLessThanOrEqual(6)
  }, 120_000)

  it('lets one of 200 at once have a slug', async () => {
    const { slug } = on.fresh()
    const before = await on.count('users')
    const answers = await times(200, (index) => on.signUp({ email: `racer${index}@people.test`, slug }))
    expect(statuses(answers)).toEqual([202, ...Array<number>(199).fill(409)])
    expect([await on.count('users'), await on.count('organisations where slug = $1', [slug])]).toEqual([before + 1, 1])
  }, 120_000)

  it('for a slug that is taken uses up no mail of the address', async () => {
    const [owner, other] = [await on.someone(), await on.someone()]
    const pending = on.fresh()
    await on.signUp(pending)
    const hashes = await on.hashes()
    for (let i = 0; i < 6; i += 1)
      for (const { slug } of [other, pending])
        expect((await on.signUp({ email: owner.email, slug }, OTHER_PASSWORD)).status).toBe(409)
    expect(await on.hashes()).toBe(hashes)
    expect((await on.signUp({ email: owner.email, slug: on.fresh().slug }, OTHER_PASSWORD)).status).toBe(202)
    expect((await on.templates(owner.email)).at(-1)).toBe('account_exists')
  })

  it('is closed by a setting', async () => {
    await platform.admin.query('update platform_settings set sign_up_enabled = false')
    const answer = await on.signUp(on.fresh())
    await platform.admin.query('update platform_settings set sign_up_enabled = true')
    expect([answer.status, codeOf(answer)]).toEqual([403, 'sign_up_closed'])
  })
})

describe('the address', () => {
  it('is confirmed by one of 20 at once, and never again by the same token', async () => {
    const who = on.fresh()
    await on.signUp(who)
    const token = await on.lastToken(who.email)
    expect(statuses(await times(20, () => on.confirm(token)))).toEqual([204, ...Array<number>(19).fill(422)])
    expect(codeOf(await on.confirm(token))).toBe('token_refused')
    expect((await on.signIn(who)).status).toBe(200)
  })

  it('can have its mail again, a few live links at most, and none when it is confirmed', async () => {
    const who = on.fresh()
    await on.signUp(who)
    const first = await on.lastToken(who.email)
    for (let i = 0; i < 3; i += 1) expect((await on.askVerification(who.email)).status).toBe(202)
    expect(await on.count('one_time_tokens t join users u on u.id = t.user_id where u.email = $1', [who.email])).toBe(3)
    expect((await on.confirm(first)).status).toBe(422)
    expect((await on.confirm(await on.lastToken(who.email))).status).toBe(204)
    expect(await on.count('one_time_tokens t join users u on u.id = t.user_id where u.email = $1', [who.email])).toBe(0)
    const mails = await platform.mailsTo(who.email)
    expect((await on.askVerification(who.email)).status).toBe(202)
    expect(await platform.mailsTo(who.email)).toEqual(mails)
  })

  it('gets a few live links at most also when they are asked for at once, and a few mails an hour', async () => {
    const who = on.fresh()
    await on.signUp(who)
    expect(statuses(await times(20, () => on.askVerification(who.email)))).toEqual(Array(20).fill(202))
    expect(await on.count('one_time_tokens t join users u on u.id = t.user_id where u.email = $1', [who.email])).toBe(3)
    // The one of the sign-up, and five that were asked for.
    expect(await platform.mailsTo(who.email)).toHaveLength(6)
  })

  it('is not confirmed by a link that ended, nor by one that resets', async () => {
    const who = on.fresh()
    await on.signUp(who)
    const token = await on.lastToken(who.email)
    await on.askReset(who.email)
    expect((await on.confirm(await on.lastToken(who.email))).status).toBe(422)
    expect((await on.reset(token)).status).toBe(422)
    await platform.admin.query(`update one_time_tokens set created_at = now() - interval '2 days', expires_at = now()`)
    expect((await on.confirm(token)).status).toBe(422)
    expect(codeOf(await on.signIn(who))).toBe('email_unverified')
  })

  it('that nobody confirmed within a day leads nowhere', async () => {
    const who = on.fresh()
    await on.signUp(who)
    await platform.admin.query(`update users set created_at = now() - interval '25 hours' where email = $1`, [
      who.email,
    ])
    await platform.admin.query(
      `update sign_ups set created_at = now() - interval '25 hours', expires_at = now() where slug = $1`,
      [who.slug],
    )
    expect(codeOf(await on.signIn(who))).toBe('sign_in_refused')
  })

  it('is kept as digests of tokens', async () => {
    const who = on.fresh()
    await on.signUp(who)
    const token = await on.lastToken(who.email)
    const { rows } = await platform.admin.query<{ all: string }>(
      `select string_agg(t::text, ' ') as all from one_time_tokens t`,
    )
    expect(token).toMatch(/^gv_[\w-]{43}$/)
    expect(rows[0]?.all).not.toContain(token)
    expect(platform.lines.join('\n')).not.toContain(token)
    expect(platform.lines.join('\n')).not.toContain(PASSWORD)
  })
})

describe('a reset', () => {
  it('is mailed whatever else was asked for with the address, and however often', async () => {
    const who = await on.someone()
    for (let i = 0; i < 8; i += 1) {
      expect((await on.askVerification(who.email)).status).toBe(202)
      expect((await on.signUp({ ...who, slug: on.fresh().slug }, OTHER_PASSWORD)).status).toBe(202)
    }
    // Five of a kind an hour: the first one was the mail of the account's own sign-up.
    expect((await on.templates(who.email)).filter((template) => template === 'account_exists')).toHaveLength(4)
    for (let i = 0; i < 7; i += 1) expect((await on.askReset(who.email)).status).toBe(202)
    expect((await on.templates(who.email)).slice(-5)).toEqual(Array(5).fill('reset_password'))
    expect((await on.reset(await on.lastToken(who.email))).status).toBe(204)
  })

  it('sets the password once, out of 20 at once, and ends every session and every link', async () => {
    const who = await on.someone()
    await on.askReset(who.email)
    const other = await on.lastToken(who.email)
    await on.askReset(who.email)
    const token = await on.lastToken(who.email)
    const answers = await times(20, (index) => on.reset(token, `a new pass phrase ${index}`))
    expect(statuses(answers)).toEqual([204, ...Array<number>(19).fill(422)])
    const won = answers.findIndex((answer) => answer.status === 204)
    expect((await on.me(who.token)).status).toBe(401)
    expect(codeOf(await on.reset(other))).toBe('token_refused')
    expect((await on.signIn(who)).status).toBe(401)
    expect((await on.signIn(who, `a new pass phrase ${won}`)).status).toBe(200)
    expect((await on.templates(who.email)).at(-1)).toBe('password_changed')
  })

  it('leaves no session of the old password, also of a sign-in at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const who = await on.someone()
      await on.askReset(who.email)
      const token = await on.lastToken(who.email)
      const [answer, ...signedIn] = await Promise.all([
        on.reset(token),
        ...Array.from({ length: 4 }, () => on.signIn(who)),
      ])
      expect(answer?.status).toBe(204)
      expect(signedIn.every((one) => one.status === 200 || one.status === 401)).toBe(true)
      expect(await on.count('sessions s join users u on u.id = s.user_id where u.email = $1', [who.email])).toBe(0)
    }
  })

  it('hashes nothing for a token that is none, and wants a password that is one', async () => {
    const before = await on.hashes()
    for (const token of ['x', 'gr_'.padEnd(46, 'a'), 'x'.repeat(256)]) expect((await on.reset(token)).status).toBe(422)
    const who = await on.someone()
    await on.askReset(who.email)
    const used = await on.hashes()
    const token = await on.lastToken(who.email)
    for (const password of ['', 'short', 'x'.repeat(257), 'with a \u0000 in it', 5])
      expect(codeOf(await on.send('POST', '/v1/password-resets/confirm', { body: { token, password } }))).toBe(
        'validation_failed',
      )
    expect(await on.hashes()).toBe(used)
    // One for the sign-up, one for the sign-in.
    expect(used - before).toBe(2)
    expect((await on.reset(token)).status).toBe(204)
  })
})
