import { defineCheck, needTestbed } from '@greengate/contracts'
import { control } from './control.ts'
import { judge } from './judge.ts'

export const check = defineCheck({
  control,
  judge,
  needs: { capabilities: ['boot'], effect: 'read', quiet: false, timeoutMs: 60_000 },
  async observe(context) {
    const instance = await needTestbed(context).shared()
    const knownPath = context.config.probes.live ?? context.config.start?.ready ?? '/'
    const known = await instance.http({ path: knownPath })
    const mark = context.random.hex(8)
    // Beside the root, beside a probe and beside the API: a catch-all is often mounted at one of them only.
    const places = ['/', '/health', '/api/', ...new Set(Object.values(context.config.requests).map((request) => parentOf(request.path)))]
    const unknown = []
    for (const place of places) {
      for (const accept of ['*/*', 'application/json']) {
        const path = `${place}${mark}`
        const answer = await instance.http({ path, headers: { accept } })
        unknown.push({ path: path.replace(mark, '<unknown>'), accept, status: answer.status, error: answer.error })
      }
    }
    return { data: { known: { path: knownPath, status: known.status }, unknown }, exercised: { requests: unknown.length + 1 } }
  },
  clean: (bed) => bed.service([]),
  positiveControls: [
    { id: 'catch-all', breaks: 'unknown-path', code: 'unknown-path-answered', arrange: (bed) => bed.service(['catch-all-200']) },
  ],
})

function parentOf(path: string): string {
  const clean = path.split('?')[0] ?? '/'
  return clean.slice(0, clean.lastIndexOf('/') + 1)
}
