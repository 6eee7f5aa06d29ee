import { serviceConfigSchema, type TreePort } from '@greengate/contracts'
import { describeCheck } from '@greengate/runner/testing'
import { describe, expect, it } from 'vitest'
import { judge, type Observation } from './judge.ts'
import { check, startCommand } from './observe.ts'

describeCheck(check)

const answer = { request: 'GET /x', status: 404, catchAll: false, stack: '', debugPage: '', sourceMap: false }
const sound: Observation = {
  endpoints: [answer],
  errors: [answer],
  maps: [answer],
  command: 'node server.js',
  debugVariables: [],
  debugStarts: [],
}
const outcomeOf = (change: Partial<Observation>, aspect: keyof ReturnType<typeof judge.judge>['aspects']) =>
  judge.judge({ ...sound, ...change }, {}).aspects[aspect]

// Goal: the mode is told from the start command and from what errors answer, and from nothing that a sound service does as well.
// Method: commands are read in lib-boot/development-command.test.ts, pages in lib-boot/debug-pages.test.ts.
describe('CFG-10', () => {
  it.each(['bundle exec rails server -e production -p 3000', 'bin/rails server', 'npx vite build && node server.js'])(
    'passes the start by %s',
    (command) => expect(outcomeOf({ command }, 'start-command').outcome).toBe('pass'),
  )

  it.each(['bundle exec rails server -e development', 'npx vite', 'fastapi dev main.py', 'php artisan serve'])(
    'fails the start by %s',
    (command) => expect(outcomeOf({ command }, 'start-command').code).toBe('development-command'),
  )

  it('fails an error answer that is a debug page without a stack trace', () => {
    const errors = [answer, { ...answer, debugPage: 'Django with DEBUG = True' }]
    expect(outcomeOf({ errors }, 'stack-traces')).toEqual({ outcome: 'fail', code: 'debug-page' })
    expect(outcomeOf({}, 'stack-traces').outcome).toBe('pass')
  })
})

const treeOf = (manifest: string): TreePort =>
  ({ has: (path: string) => path === 'package.json', read: async () => manifest }) as unknown as TreePort
const commandOf = (command: string[], scripts: Record<string, string>) =>
  startCommand({
    config: serviceConfigSchema.parse({ service: 'a', start: { command, ready: '/' } }),
    tree: treeOf(JSON.stringify({ name: 'a', scripts })),
  })

describe('the start command that CFG-10 reads', () => {
  it.each([
    [['npm', 'start'], { start: 'node server.js' }, 'node server.js'],
    [['npm', 'run', 'serve'], { serve: 'next start' }, 'next start'],
    [['yarn', 'dev'], { dev: 'vite' }, 'vite'],
    [
      ['npm', 'start'],
      { start: 'npm run build && npm run serve', build: 'vite build', serve: 'vite' },
      'vite build && vite',
    ],
    [['npm', 'start'], { start: 'yarn dev', dev: 'nodemon a.js' }, 'nodemon a.js'],
    [['npm', 'start'], { start: 'npm run there', other: 'x' }, 'npm run there'],
    [['npm', 'start'], { start: 'npm ci && node a.js', ci: 'nodemon' }, 'npm ci && node a.js'],
    [['pnpm', 'exec', 'next', 'dev'], {}, 'pnpm exec next dev'],
    [['node', 'server.js'], {}, 'node server.js'],
    [['npm', 'run', 'absent'], { start: 'node a.js' }, ''],
  ] as const)('follows %j with %j', async (command, scripts, followed) => {
    expect(await commandOf([...command], scripts)).toBe(followed)
  })

  it('ends where scripts run each other', async () => {
    expect(await commandOf(['npm', 'start'], { start: 'npm run a', a: 'npm run start' })).toMatch(/^npm run/)
  })
})
