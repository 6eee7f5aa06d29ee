/**
 * Goal: people see their sessions, end them, and change their password without losing the one they sit in; nobody else does
 * any of it. Method: requests injected into the service on a real database.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accountCalls, type AccountCalls, OTHER_PASSWORD, PASSWORD, statuses, times } from './account-calls.ts'
import { serviceToken } from './environment.ts'
import { codeOf, type StartedPlatform, startPlatform } from './started-platform.ts'

interface Listed {
  readonly id: string
  readonly current: boolean
  readonly user_agent: string | null
  readonly address: string | null
  readonly last_used_at: string
  readonly created_at: string
}

let platform: StartedPlatform
let on: AccountCalls

beforeAll(async () => {
  platform = await startPlatform()
  on = accountCalls(platform)
})
afterAll(() => platform.stop())

const list = async (token: string): Promise<readonly Listed[]> => {
  const { body } = await on.send('GET', '/v1/sessions', { token })
  return body['sessions'] ?? []
}
const signedIn = async (who: { email: string; from: string }, headers = {}): Promise<string> =>
  String((await on.signIn(who, PASSWORD, headers)).body['token'])

describe('sessions', () => {
  it('are listed, the newest first, with where they are used, and without their tokens', async () => {
    const who = await on.someone()
    const agent = `Phone\u0007 ${'x'.repeat(400)}`
    const second = await signedIn({ ...who, from: '10.9.9.9' }, { 'user-agent': agent })
    const sessions = await list(second)
    expect(sessions.map((one) => [one.current, one.address])).toEqual([
      [true, '10.9.9.9'],
      [false, who.from],
    ])
    expect(sessions[0]?.user_agent).toBe(`Phone ${'x'.repeat(250)}`)
    expect(JSON.stringify(sessions)).not.toContain(second)
    expect((await list(who.token)).map((one) => one.current)).toEqual([false, true])
  })

  it('say when they were last used, to the minute', async () => {
    const who = await on.someone()
    const [before] = await list(who.token)
    await on.me(who.token)
    expect((await list(who.token))[0]?.last_used_at).toBe(before?.last_used_at)
    await platform.admin.query(`update sessions set created_at = created_at - interval '61 seconds' where id = $1`, [
      before?.id,
    ])
    await on.me(who.token)
    const [after] = await list(who.token)
    expect(Date.parse(after?.last_used_at ?? '')).toBeGreaterThan(Date.parse(after?.created_at ?? '') + 60_000)
  })

  it('are ended one by one and all others at once, and those of somebody else are not there', async () => {
    const [who, stranger] = [await on.someone(), await on.someone()]
    const others = [await signedIn(who), await signedIn(who), await signedIn(who)]
    const [newest] = await list(who.token)
    expect((await on.send('DELETE', `/v1/sessions/${newest?.id}`, { token: stranger.token })).status).toBe(404)
    const ended = await times(5, () => on.send('DELETE', `/v1/sessions/${newest?.id}`, { token: who.token }))
    expect(statuses(ended)).toEqual([204, 404, 404, 404, 404])
    expect((await on.me(others[2] ?? '')).status).toBe(401)
    expect((await on.send('DELETE', '/v1/sessions', { token: who.token })).status).toBe(204)
    expect((await on.send('DELETE', '/v1/sessions', { token: who.token })).status).toBe(204)
    expect((await on.me(others[0] ?? '')).status).toBe(401)
    expect((await list(who.token)).map((one) => one.current)).toEqual([true])
    expect(await list(stranger.token)).toHaveLength(1)
    const [own] = await list(who.token)
    expect((await on.send('DELETE', `/v1/sessions/${own?.id}`, { token: who.token })).status).toBe(204)
    expect((await on.me(who.token)).status).toBe(401)
  })

  it('end with sign-out, which a second one can not do', async () => {
    const who = await on.someone()
    expect((await on.send('POST', '/v1/sign-out', { token: who.token })).status).toBe(204)
    expect(codeOf(await on.send('POST', '/v1/sign-out', { token: who.token }))).toBe('unauthenticated')
  })

  it('are 100 at most: one more ends the oldest', async () => {
    const who = await on.someone()
    await platform.admin.query(
      `insert into sessions (token_digest, user_id, created_at, expires_at)
        select sha256(convert_to(u.id || n::text, 'UTF8')), u.id, now() + n * interval '1 second', now() + interval '1 hour'
        from users u, generate_series(1, 100) n where u.email = $1`,
      [who.email],
    )
    expect(await on.count('sessions s join users u on u.id = s.user_id where u.email = $1', [who.email])).toBe(101)
    await signedIn(who)
    expect(await on.count('sessions s join users u on u.id = s.user_id where u.email = $1', [who.email])).toBe(100)
    expect((await on.me(who.token)).status).toBe(401)
  })

  it('are of people: the service token has none', async () => {
    expect((await on.send('GET', '/v1/sessions', { token: serviceToken })).status).toBe(403)
    expect((await on.send('DELETE', '/v1/sessions', { token: serviceToken })).status).toBe(403)
    const body = { current_password: PASSWORD, new_password: OTHER_PASSWORD }
    expect((await on.send('PUT', '/v1/me/password', { token: serviceToken, body })).status).toBe(403)
  })
})

describe('a change of password', () => {
  const change = (token: string, current: string, next: string) =>
    on.send('PUT', '/v1/me/password', { token, body: { current_password: current, new_password: next } })

  it('keeps this session, ends the others and all links, and is told by mail', async () => {
    const who = await on.someone()
    const other = await signedIn(who)
    await on.askReset(who.email)
    const link = await on.lastToken(who.email)
    expect((await change(who.token, PASSWORD, OTHER_PASSWORD)).status).toBe(204)
    expect((await on.me(who.token)).status).toBe(200)
    expect((await on.me(other)).status).toBe(401)
    expect((await on.reset(link)).status).toBe(422)
    expect(await platform.mailsTo(who.email)).toMatchObject([
      { template: 'verify_email' },
      { template: 'reset_password' },
      { template: 'password_changed', data: { name: 'Ada Okafor' } },
    ])
    expect((await on.signIn(who)).status).toBe(401)
    expect((await on.signIn(who, OTHER_PASSWORD)).status).toBe(200)
  })

  it('needs the current password, and can not be used to guess it', async () => {
    const who = await on.someone()
    const refused = []
    for (let i = 0; i < 6; i += 1) refused.push(codeOf(await change(who.token, `wrong password ${i}`, OTHER_PASSWORD)))
    expect(refused).toEqual([...Array<string>(5).fill('password_refused'), 'sign_in_locked'])
    expect((await change(who.token, PASSWORD, OTHER_PASSWORD)).status).toBe(429)
    expect((await on.me(who.token)).status).toBe(200)
    expect(await on.templates(who.email)).toEqual(['verify_email'])
  })

  it('is made once out of several at once', async () => {
    const who = await on.someone()
    const answers = await times(5, (index) => change(who.token, PASSWORD, `a new pass phrase ${index}`))
    expect(statuses(answers)).toEqual([204, 403, 403, 403, 403])
    expect((await on.templates(who.email)).filter((one) => one === 'password_changed')).toHaveLength(1)
  })
})
