/**
 * Goal: habits that services in wide use have are neither mistaken for defects nor allowed to hide one: a limit at a round
 * number, silence while all is well, a token that only some routes take, registration beside the sign-in.
 * Method: a small service with all of them is started by the real testbed, with and without the defect.
 */
import type { CheckResult } from '@greengate/runner'
import { describe, expect, it } from 'vitest'
import { forum, openForum } from './forum.ts'
import { type Fixture, openService } from './open-service.ts'

const TIMEOUT_MS = 180_000

async function judged(fixture: Fixture, control: string, defects: readonly string[] = []): Promise<CheckResult> {
  const opened = await openService(fixture, defects)
  try {
    return await opened.run(control)
  } finally {
    await opened.close()
  }
}

function codes(result: CheckResult, aspect: string): string {
  const found = result.judgement.aspects[aspect]
  return `${found?.outcome} ${found?.code}`
}

describe('a limit of exactly 20 MiB', { timeout: TIMEOUT_MS }, () => {
  it('is a limit', async () => {
    const result = await judged(openForum, 'SEC-18')
    expect(codes(result, 'content-length')).toBe('pass ok')
    expect(codes(result, 'chunked')).toBe('pass ok')
  })

  it('is told from one above', async () => {
    const result = await judged(openForum, 'SEC-18', ['limit-32-mib'])
    expect(codes(result, 'content-length')).toMatch(/^fail/)
  })
})

describe('a service that says nothing while all is well', { timeout: TIMEOUT_MS }, () => {
  it('is judged by what it says when something fails', async () => {
    expect(codes(await judged(forum, 'OBS-01'), 'json')).toBe('pass ok')
  })

  it('fails if that is text', async () => {
    expect(codes(await judged(forum, 'OBS-01', ['text-log']), 'json')).toBe('fail not-json')
  })

  it('stays undecided if it never says a word', async () => {
    expect(codes(await judged(forum, 'OBS-01', ['never-a-word']), 'json')).toBe('inconclusive no-lines')
  })
})

describe('an identity that other routes turn away', { timeout: TIMEOUT_MS }, () => {
  it('does not hide how they take a wrong content type', async () => {
    expect(codes(await judged(forum, 'ERR-02'), 'wrong-content-type')).toBe('pass ok')
  })

  it('does not hide that they take any', async () => {
    const result = await judged(forum, 'ERR-02', ['any-content-type'])
    expect(codes(result, 'wrong-content-type')).toMatch(/^fail wrong-type/)
  })
})

describe('registration beside the sign-in', { timeout: TIMEOUT_MS }, () => {
  const places = (result: CheckResult): string[] =>
    result.judgement.findings.filter(({ code }) => code === 'open-registration').map(({ where }) => where)

  it('is found where it is, and the sign-in of the new account is none', async () => {
    expect(places(await judged(openForum, 'SEC-34'))).toEqual(['POST /account/users'])
  })

  it('is found at the sign-in as well if that makes accounts', async () => {
    const found = places(await judged(openForum, 'SEC-34', ['sign-in-registers']))
    expect(found).toEqual(['POST /account/users', 'POST /account/login (a new name)'])
  })
})
