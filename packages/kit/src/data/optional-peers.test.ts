/**
 * Goal: who does not use jobs or OpenFeature does not have to install what they need. Method: the rooms are loaded in a
 * process in which those packages can't be found.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const source = join(import.meta.dirname, '..')
const load = (room: string): string => {
  const script = `
    import { registerHooks } from 'node:module'
    const absent = /^(?:pg-boss|@openfeature\\/|redis$)/
    registerHooks({
      resolve: (specifier, context, next) => {
        if (absent.test(specifier)) throw new Error('not installed: ' + specifier)
        return next(specifier, context)
      },
    })
    await import(${JSON.stringify(join(source, room))})
    process.stdout.write('loaded')`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  return stdout === 'loaded' ? stdout : (/Error: (not installed: \S+)/.exec(stderr)?.[1] ?? stderr)
}

describe('optional peers', () => {
  it.each(['data/index.ts', 'data/outbox/index.ts', 'flags/index.ts'])('%s loads without them', (room) => {
    expect(load(room)).toBe('loaded')
  })

  it('are really absent there', () => {
    expect(load('data/jobs/index.ts')).toBe('not installed: pg-boss')
  })
})
