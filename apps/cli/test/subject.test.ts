// Goal: a verdict is about the tree that was judged, all of it, and about nothing else.
// Method: the real command line on small projects whose tree changes under it, or hides a part of itself.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { reportSchema } from '@greengate/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import { Project } from './project.ts'

const SERVER = `import { createServer } from 'node:http'
createServer((request, response) => { response.statusCode = request.url === '/health' ? 200 : 404; response.end('{}') }).listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
`
const start = { command: ['node', 'main.mjs'], env: { PORT: '{port}' }, ready: '/health' }
let project: Project | null = null
afterEach(() => project?.remove())

async function check(
  files: Record<string, string>,
  only: string,
): Promise<ReturnType<typeof reportSchema.parse> & { code: number | null }> {
  project = new Project(files)
  const ended = await project.run(['check', '--only', only])
  const report = reportSchema.parse(
    JSON.parse(readFileSync(join(project.dir, '.greengate/latest/report.json'), 'utf8')),
  )
  return { ...report, code: ended.code }
}

describe('the subject of a verdict', () => {
  it('may not change while it is judged', async () => {
    const before = [['node', '-e', 'require("node:fs").writeFileSync("generated.txt", "new")']]
    const config = { service: 'shop', start: { ...start, before } }
    const report = await check({ 'main.mjs': SERVER, 'greengate.json': JSON.stringify(config) }, 'OBS-21')
    expect(report.reasons).toContain('The tree changed while it was judged; run again when it is at rest.')
    expect(report.code).toBe(1)
  })

  it('holds what the configuration hides from checks, and the report says what that is', async () => {
    const files = {
      'main.mjs': SERVER,
      'other/package.json': '{"dependencies":{"left":"*"}}',
      'greengate.json': JSON.stringify({ service: 'shop', start, tree: { exclude: ['/other'] } }),
    }
    const report = await check(files, 'OBS-21')
    expect(report.reasons.join(' ')).toMatch(/1 of 3 files belong to something else, says tree.exclude: \/other/)
    const digest = report.subject.digest
    project?.write('other/package.json', '{}')
    project?.commit()
    await project?.run(['check', '--only', 'OBS-21'])
    const again = reportSchema.parse(
      JSON.parse(readFileSync(join(project?.dir ?? '', '.greengate/latest/report.json'), 'utf8')),
    )
    expect(again.subject.digest).not.toBe(digest)
  })
})
