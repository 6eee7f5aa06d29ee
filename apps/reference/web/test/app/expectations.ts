import type { Page } from 'playwright-core'

/** Waits until the page says something, in whatever element. */
export async function expectWords(page: Page, words: string | RegExp): Promise<void> {
  await page.getByText(words).first().waitFor()
}

/** Name of the element that has the focus: what a screen reader would say, as far as markup tells. */
export async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => {
    const element = document.activeElement
    if (!(element instanceof HTMLElement)) return ''
    const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : undefined
    return (element.getAttribute('aria-label') ?? label ?? element.textContent ?? '').trim()
  })
}

/** Presses Tab until something of that name has the focus. @throws Error after 60 presses */
export async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  const seen: string[] = []
  for (let press = 0; press < 60; press += 1) {
    await page.keyboard.press('Tab')
    const now = await focused(page)
    seen.push(now)
    if (typeof name === 'string' ? now === name : name.test(now)) return
  }
  throw new Error(`${name} can't be reached by keyboard; reached: ${seen.join(' | ')}`)
}

/** Everything that the browser keeps of the page for later: what it stored, and its address. */
export async function keptByBrowser(page: Page): Promise<string> {
  return await page.evaluate(() =>
    JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), location.href, history.state]),
  )
}
