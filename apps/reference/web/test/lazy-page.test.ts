// Goal: code of a page that can't be fetched is asked for again, and never without end.
// Method: a load that fails as often as told, and a clock that is set by hand.
import { describe, expect, it } from 'vitest'
import { lazyPage } from '../src/client/lazy-page.tsx'

const module = { Page: () => null }

function failing(times: number) {
  let calls = 0
  let nowMs = 0
  const page = lazyPage(
    () => {
      calls += 1
      return calls <= times ? Promise.reject(new Error('no network')) : Promise.resolve(module)
    },
    () => nowMs,
  )
  return { page, calls: () => calls, wait: (ms: number) => (nowMs += ms) }
}

describe('the code of a page', () => {
  it('is fetched once for all who ask', async () => {
    const { page, calls } = failing(0)
    expect(await Promise.all([page.load(), page.load()])).toEqual([module, module])
    await page.load()
    expect(calls()).toBe(1)
  })

  it('is fetched again after a failure, but not at once', async () => {
    const { page, calls, wait } = failing(1)
    for (let attempt = 0; attempt < 100; attempt += 1) await expect(page.load()).rejects.toThrow('no network')
    expect(calls()).toBe(1)
    wait(2000)
    expect(await page.load()).toBe(module)
    expect(calls()).toBe(2)
  })
})
