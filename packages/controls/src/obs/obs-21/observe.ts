import { defineCheck, needTestbed, type RequestSpec } from '@greengate/contracts'
import { requestSpec } from '../../lib-http/exchange.ts'
import { control } from './control.ts'
import { judge, type Observation } from './judge.ts'

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
    for (const { folder, as } of placesOf(context.config.requests)) {
      for (const accept of ['*/*', 'application/json']) {
        const path = `${folder}${mark}`
        const answer = await instance.http(instance.prepare(requestSpec({ path, as, headers: { accept } })))
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
  ],
})

/**
 * Beside the root, beside a probe and beside the API: a catch-all is often mounted at one of them only. Where a request has
 * an identity it is asked with it as well: without one everything below the prefix may be refused.
 */
function placesOf(requests: Readonly<Record<string, RequestSpec>>): { folder: string; as: string }[] {
  const places = new Map<string, { folder: string; as: string }>()
  const add = (folder: string, as: string): void => void places.set(`${folder} ${as}`, { folder, as })
  for (const folder of ['/', '/health', '/api/']) add(folder, '')
  for (const { path, as } of Object.values(requests)) {
    // A folder with a placeholder in it is another one each time.
    const folder = parentOf(path)
    if (folder.includes('{')) continue
    add(folder, '')
    if (as !== '') add(folder, as)
  }
  return [...places.values()]
}

function parentOf(path: string): string {
  const clean = path.split('?')[0] ?? '/'
  return clean.slice(0, clean.lastIndexOf('/') + 1)
}
