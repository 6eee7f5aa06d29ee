import { defineCheck, needTestbed, type ServiceConfig } from '@greengate/contracts'
import { requestSpec } from '../../lib-http/exchange.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

/** Paths that nobody gives to anything but a probe. */
const PROBE_NAME = /\/(?:health(?:z|-?check)?|livez?|liveness|readyz?|readiness|alive|heartbeat)$/i

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'read', quiet: false, timeoutMs: 60_000 },
  async observe(context) {
    const instance = await needTestbed(context).shared()
    const knownPath = context.config.probes.live ?? context.config.start?.ready ?? '/'
    const known = await instance.http({ path: knownPath, headers: context.config.probes.headers })
    const mark = context.random.hex(8)
    const unknown: Observation['unknown'] = []
    for (const { folder, as, probe } of placesOf(context.config)) {
      for (const accept of ['*/*', 'application/json']) {
        const path = `${folder}${mark}`
        const headers = probe ? { ...context.config.probes.headers, accept } : { accept }
        const answer = await instance.http(instance.prepare(requestSpec({ path, as, headers })))
        unknown.push({ path: path.replace(mark, '<unknown>'), accept, status: answer.status, error: answer.error })
      }
    }
    return {
      data: { known: { path: knownPath, status: known.status }, unknown },
      exercised: { requests: unknown.length + 1 },
    }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    {
      id: 'catch-all',
      breaks: 'unknown-path',
      code: 'unknown-path-answered',
      arrange: (bed) => bed.service(['catch-all-200']),
    },
    {
      id: 'below-a-probe',
      breaks: 'unknown-path',
      code: 'unknown-path-answered',
      arrange: (bed) => bed.service(['probe-answers-below']),
    },
  ],
})

interface Place {
  readonly folder: string
  readonly as: string
  /** A probe would be mistyped there: it is asked as the probe is. */
  readonly probe: boolean
}

/**
 * Beside the root, beside and below each probe, and beside the API: a catch-all is often mounted at one of them only, and a
 * handler mounted on the prefix `/health` answers `/health/redy` as well. Where a request has an identity it is asked with
 * it as well: without one everything below the prefix may be refused.
 */
export function placesOf({ probes, start, requests }: Pick<ServiceConfig, 'probes' | 'start' | 'requests'>): Place[] {
  const places = new Map<string, Place>()
  const add = (folder: string, as: string, probe: boolean): void => {
    // A folder with a placeholder in it is another one each time.
    if (!folder.includes('{') && !places.has(`${folder} ${as}`)) places.set(`${folder} ${as}`, { folder, as, probe })
  }
  add('/', '', false)
  const ready = start?.ready
  for (const path of [probes.live, probes.ready, ready, '/health']) {
    const clean = path?.split('?')[0]?.replace(/\/+$/, '')
    if (clean === undefined || clean === '') continue
    add(parentOf(clean), '', true)
    // What a start waits for may be any page, and below a page there may be others.
    if (path !== ready || path === probes.live || path === probes.ready || PROBE_NAME.test(clean))
      add(`${clean}/`, '', true)
  }
  for (const folder of ['/health', '/api/']) add(folder, '', false)
  for (const { path, as } of Object.values(requests)) {
    add(parentOf(path), '', false)
    if (as !== '') add(parentOf(path), as, false)
  }
  return [...places.values()]
}

function parentOf(path: string): string {
  const clean = path.split('?')[0] ?? '/'
  return clean.slice(0, clean.lastIndexOf('/') + 1)
}
