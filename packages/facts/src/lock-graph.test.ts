// Goal: of a lock file that many packages share, what one of them gets. Method: small lock files, as npm writes them.
import { describe, expect, it } from 'vitest'
import { installedFor } from './lock-graph.ts'

const lock = JSON.stringify({
  lockfileVersion: 3,
  packages: {
    '': { devDependencies: { linter: '1' } },
    'apps/shop': { dependencies: { web: '1', kit: '1' }, devDependencies: { tester: '1' } },
    'apps/accounts': { dependencies: { argon2: '1' } },
    'packages/kit': { dependencies: { pg: '1' }, devDependencies: { stripe: '1' }, peerDependencies: { redis: '1' } },
    'node_modules/kit': { resolved: 'packages/kit', link: true },
    'node_modules/linter': {},
    'node_modules/web': { dependencies: { deep: '2' }, optionalDependencies: { absent: '1' } },
    'node_modules/deep': { dependencies: { old: '1' } },
    'node_modules/web/node_modules/deep': { dependencies: { fresh: '1' } },
    'node_modules/fresh': {},
    'node_modules/old': {},
    'node_modules/tester': {},
    'node_modules/argon2': {},
    'node_modules/pg': {},
    'node_modules/stripe': {},
    'node_modules/redis': {},
  },
})
const of = (...folders: string[]): string[] => [...(installedFor(lock, folders) ?? ['everything'])].toSorted()

describe('what is installed for a manifest', () => {
  it('is what it names, for development too, and what that needs, by the nearest version', () => {
    expect(of('apps/shop')).toEqual(['deep', 'fresh', 'kit', 'pg', 'redis', 'tester', 'web'])
    expect(of('', 'apps/accounts')).toEqual(['argon2', 'linter'])
  })

  it('goes round in circles once', () => {
    const round = { packages: { '': { dependencies: { a: '1' } }, 'node_modules/a': { dependencies: { a: '1' } } } }
    expect([...(installedFor(JSON.stringify(round), ['']) ?? [])]).toEqual(['a'])
  })

  it('is everything where the lock does not tell', () => {
    expect(of('apps/unknown')).toEqual(['everything'])
    for (const text of ['', '[]', '{"lockfileVersion":1,"dependencies":{}}', '{"packages":[]}'])
      expect(installedFor(text, [''])).toBeNull()
  })
})
