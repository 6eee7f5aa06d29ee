/**
 * Goal: guessing is held up by all replicas together, for names that exist and that do not, and nobody gets in when the counter
 * can not be asked. Method: two services on one database; the guard on a store that fails; the bulkhead filled.
 */
import { ServiceError } from '@greengate/kit/errors'
import { MemoryRateLimitStore } from '@greengate/kit/limits'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger, readConfig } from '../src/config.ts'
import { Passwords } from '../src/passwords.ts'
import { createPlatform } from '../src/platform.ts'
import { MAILS_MAX, SignInGuard } from '../src/sign-in-guard.ts'
import { accountCalls, type AccountCalls, PASSWORD, statuses, times } from './account-calls.ts'
import { environment } from './environment.ts'
import { codeOf, type StartedPlatform, startPlatform } from './started-platform.ts'

let platform: StartedPlatform
let on: AccountCalls
let onReplica: AccountCalls

beforeAll(async () => {
  platform = await startPlatform()
  on = accountCalls(platform)
  const env = { ...environment(platform.url), RATE_LIMIT_PER_MIN: '600000' }
  const replica = createPlatform(readConfig(env), platform.database, { logger: createLogger(env, () => {}) })
  onReplica = accountCalls({ ...platform, service: replica })
})
afterAll(() => platform.stop())

describe('a lock', () => {
  it.each(['an account', 'nobody'])('of %s holds in every replica, and for the right password', async (whose) => {
    const who = whose === 'nobody' ? on.fresh() : await on.someone()
    const wrong = (calls: AccountCalls, index: number) =>
      calls.signIn({ ...who, from: `10.7.0.${index}` }, 'wrong password 1')
    const answers = await times(20, (index) => wrong(index % 2 === 0 ? on : onReplica, index))
    expect(statuses(answers)).toEqual([...Array<number>(5).fill(401), ...Array<number>(15).fill(429)])
    const locked = await onReplica.signIn({ ...who, from: '10.7.1.1' })
    expect([locked.status, codeOf(locked), locked.headers['retry-after']]).toEqual([429, 'sign_in_locked', '900'])
  })

  it('is counted by names as people mean them', async () => {
    const who = await on.someone()
    for (const email of [who.email.toUpperCase(), ` ${who.email}`, who.email, who.email, who.email])
      expect((await on.signIn({ ...who, email }, 'wrong password 1')).status).toBe(401)
    expect((await on.signIn(who)).status).toBe(429)
  })

  it('is forgotten after the right password, but not for the address of who tries', async () => {
    const who = await on.someone()
    for (let i = 0; i < 4; i += 1) await on.signIn(who, 'wrong password 1')
    expect((await on.signIn(who)).status).toBe(200)
    for (let i = 0; i < 4; i += 1) expect((await on.signIn(who, 'wrong password 1')).status).toBe(401)
    expect((await on.signIn(who)).status).toBe(200)
    const others = await times(22, (index) => on.signIn({ email: `z${index}@people.test`, from: who.from }, 'x'))
    expect(statuses(others)).toEqual(Array(22).fill(401))
    expect((await on.signIn(who)).status).toBe(429)
  })

  it('is of a network, not of one address of it, in IPv6', async () => {
    const answers = await times(40, (index) =>
      on.signIn({ email: `six${index}@people.test`, from: `2001:db8:7:1::${index + 1}` }, 'x'),
    )
    expect(statuses(answers)).toEqual([...Array<number>(30).fill(401), ...Array<number>(10).fill(429)])
  })
})

describe('a sign-up that is repeated', () => {
  it('is no way to guess its password: it is locked like a sign-in, in every replica and for the right one', async () => {
    const who = on.fresh()
    await on.signUp(who)
    const answers = await times(12, (index) => (index % 2 === 0 ? on : onReplica).signUp(who, `a wrong guess ${index}`))
    expect(statuses(answers)).toEqual([...Array<number>(5).fill(409), ...Array<number>(7).fill(429)])
    const locked = await onReplica.signUp(who)
    expect([locked.status, codeOf(locked), locked.headers['retry-after']]).toEqual([429, 'sign_in_locked', '900'])
  })

  it('with the right password is forgotten, however often', async () => {
    const who = on.fresh()
    await on.signUp(who)
    for (let i = 0; i < 3; i += 1) {
      for (let wrong = 0; wrong < 4; wrong += 1) expect((await on.signUp(who, 'a wrong guess')).status).toBe(409)
      expect((await on.signUp(who)).status).toBe(202)
    }
  })

  it('frees no account: whoever signs up with its address, and a password of their own, guesses no more than others', async () => {
    const owner = await on.someone()
    const mine = { email: owner.email, slug: on.fresh().slug }
    const from = on.fresh().from
    expect((await on.signUp(mine, 'a password of mine')).status).toBe(202)
    for (let i = 0; i < 5; i += 1) {
      expect((await on.signIn({ ...owner, from }, 'wrong password 1')).status).toBe(401)
      expect((await on.signUp(mine, 'a password of mine')).status).toBe(202)
    }
    expect(codeOf(await on.signIn({ ...owner, from }))).toBe('sign_in_locked')
  })
})

describe('the guard', () => {
  const guardOn = (failure: unknown): SignInGuard => {
    const store = new MemoryRateLimitStore()
    store.take = () => Promise.reject(failure as Error)
    return new SignInGuard(store)
  }

  it('lets nobody in while its counter is away, and says what the database says', async () => {
    await expect(guardOn(new Error('away')).enter('a', '10.0.0.1')).rejects.toMatchObject({
      code: 'rate_limit_unavailable',
    })
    await expect(guardOn(new Error('away')).mayMail('reset', 'a')).rejects.toMatchObject({
      code: 'rate_limit_unavailable',
    })
    const gone = guardOn(new ServiceError('database_unavailable'))
    await expect(gone.enter('a', '10.0.0.1')).rejects.toMatchObject({ code: 'database_unavailable' })
    await expect(gone.mayMail('reset', 'a')).rejects.toMatchObject({ code: 'database_unavailable' })
  })

  it('counts mails by the address they go to, and each kind for itself', async () => {
    const guard = new SignInGuard(new MemoryRateLimitStore())
    const allowed = []
    for (let i = 0; i <= MAILS_MAX; i += 1) allowed.push(await guard.mayMail('verify', 'a@people.test'))
    expect(allowed).toEqual([...Array<boolean>(MAILS_MAX).fill(true), false])
    expect(await guard.mayMail('verify', 'b@people.test')).toBe(true)
    for (const purpose of ['reset', 'sign-up', 'invitation'] as const)
      expect([purpose, await guard.mayMail(purpose, 'a@people.test')]).toEqual([purpose, true])
  })
})

describe('passwords', () => {
  it('are hashed a few at a time; more than may wait are turned away at once', async () => {
    const passwords = new Passwords()
    const all = Promise.allSettled(Array.from({ length: 303 }, () => passwords.hash(PASSWORD)))
    // Two at work, 300 that wait, one too many.
    expect(passwords.queued).toBe(300)
    const settled = await all
    expect(settled.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'overloaded' } })
    const refused = settled.filter((one) => one.status === 'rejected')
    // Those that would have waited longer than a request may are among them, on a machine that is busy.
    expect(refused.every((one) => (one.reason as ServiceError).code === 'overloaded')).toBe(true)
    expect([passwords.worked, passwords.queued]).toEqual([303 - refused.length, 0])
  }, 60_000)

  it('have hashes of their own, which open nothing else', async () => {
    const passwords = new Passwords()
    const [one, two] = [await passwords.hash(PASSWORD), await passwords.hash(PASSWORD)]
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(one).not.toBe(two)
    expect([await passwords.matches(PASSWORD, one), await passwords.matches(`${PASSWORD} `, one)]).toEqual([
      true,
      false,
    ])
    expect(await passwords.matches('no account has this hash', null)).toBe(false)
  })
})
