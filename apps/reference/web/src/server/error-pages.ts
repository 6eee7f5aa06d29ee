import type { Service } from '@greengate/kit/http'
import { z } from 'zod'
import { asksForPage, encoded } from './encoding.ts'
import type { PageRenderer } from './page-renderer.ts'
import type { SiteContent } from './site-content.ts'

const envelopeSchema = z.object({ error: z.object({ code: z.string(), request_id: z.string() }) })

const TEXTS: Readonly<Record<number, readonly [title: string, text: string]>> = {
  400: ['That address is not right', 'The address of this page can’t be read. Please check it.'],
  404: ['Page not found', 'There is nothing at this address. It may have been moved or taken down.'],
  429: ['One moment, please', 'There were many requests from where you are. Please try again in a minute.'],
  503: ['Back in a moment', 'There is more to do than we can do right now. Please try again in a minute.'],
}
const OTHERS = [
  'Something went wrong',
  'This page could not be made. It was reported to us; please try again.',
] as const

/** Addresses that scripts ask, which read the envelope. */
const FOR_SCRIPTS = /^\/(?:page-data|assets|icons|client-errors)(?:\/|$)/

function wantsPage(method: string, url: string, accept: string | undefined): boolean {
  return (method === 'GET' || method === 'HEAD') && !FOR_SCRIPTS.test(url) && asksForPage(accept)
}

/**
 * Whoever asked for a page gets a page, whatever went wrong and wherever: errors that the kit answers with its envelope are
 * put into HTML, with the number that support asks for. Others still get the envelope.
 */
export function addErrorPages(service: Service, renderer: PageRenderer, content: SiteContent): void {
  service.app.addHook('onSend', async (request, reply, payload) => {
    if (reply.statusCode < 400 || typeof payload !== 'string') return payload
    if (!wantsPage(request.method, request.url, request.headers.accept)) return payload
    const type = String(reply.getHeader('content-type') ?? '')
    const parsed = type.includes('json') ? envelopeSchema.safeParse(jsonOf(payload)) : null
    if (!parsed?.success) return payload
    const [title, text] = TEXTS[reply.statusCode] ?? OTHERS
    const { value: site } = await content.settings()
    const requestId = parsed.data.error.request_id
    const { html, headers } = renderer.error({ site, status: reply.statusCode, title, text, requestId })
    const answer = await encoded(html, request.headers['accept-encoding'])
    reply.headers({ ...headers, ...answer.headers, vary: 'Accept, Accept-Encoding' }).type('text/html; charset=utf-8')
    return answer.body
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
