// Goal: the house rules that a machine can check are checked.
// Method: the files that git tracks are read; each rule lists what breaks it.
import { readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, sources, tracked } from './sources.ts'

const text = (file: string): string => readFileSync(join(root, file), 'utf8')

describe('house rules', () => {
  const code = sources()

  it('have files to look at', () => {
    expect(code.length).toBeGreaterThan(200)
  })

  it('file names are kebab-case and say what is in them', () => {
    const wrong = code.filter(
      (file) =>
        !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+){0,2}\.tsx?$/.test(basename(file)) ||
        /^(utils?|common|helpers?|misc)\./.test(basename(file)),
    )
    expect(wrong).toEqual([])
  })

  it('exports have names', () => {
    const wrong = code.filter((file) => /^export default /m.test(text(file)) && !file.endsWith('config.ts'))
    expect(wrong).toEqual([])
  })

  it('files are short enough to be read', () => {
    const wrong = code.filter((file) => text(file).split('\n').length > 500)
    expect(wrong).toEqual([])
  })

  it('types are not switched off and work is not left half done', () => {
    // Written in parts, so that this file does not find itself.
    const forbidden = new RegExp(
      [
        '@ts-' + 'ignore',
        '@ts-' + 'nocheck',
        '\\bas ' + 'any(?:[^\\w\\s]|$)',
        '(?://|\\*).*\\b(?:TO' + 'DO|FIX' + 'ME)\\b',
      ].join('|'),
      'm',
    )
    expect(code.filter((file) => forbidden.test(text(file)))).toEqual([])
  })

  it('tests are neither skipped nor focused', () => {
    const tests = code.filter((file) => file.endsWith('.test.ts'))
    const marker = new RegExp(
      '^\\s*(?:it|test|describe)\\.(?:' + ['skip', 'only', 'todo', 'fails'].join('|') + ')\\b',
      'm',
    )
    expect(tests.length).toBeGreaterThan(40)
    expect(tests.filter((file) => marker.test(text(file)))).toEqual([])
  })

  it('no shell is started', () => {
    const wrong = code.filter(
      (file) =>
        !file.endsWith('.test.ts') &&
        /\bexecSync\(|\bexec\(\s*[`'"]|shell:\s*true/.test(text(file)) &&
        !file.includes('packages/controls/'),
    )
    expect(wrong).toEqual([])
  })

  it('a lock file holds no download address', () => {
    const locks = tracked().filter((file) => /(?:package-lock|npm-shrinkwrap)\.json$/.test(file))
    expect(locks).toContain('package-lock.json')
    expect(locks.filter((file) => /"resolved":\s*"https?:/.test(text(file)))).toEqual([])
  })

  it('a lock file holds every optional package that it names, or npm ci refuses it on a fresh machine', () => {
    const lock = JSON.parse(text('package-lock.json')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>
    }
    const missing = Object.entries(lock.packages).flatMap(([folder, entry]) =>
      Object.keys(entry.optionalDependencies ?? {})
        .filter(
          (name) => !(`node_modules/${name}` in lock.packages) && !(`${folder}/node_modules/${name}` in lock.packages),
        )
        .map((name) => `${folder} names ${name}`),
    )
    expect(missing).toEqual([])
  })

  it('versions of dependencies are exact', () => {
    const wrong = tracked()
      .filter((file) => basename(file) === 'package.json' && !file.includes('/fixtures/'))
      .flatMap((file) => {
        const manifest = JSON.parse(text(file)) as Record<string, Record<string, string> | undefined>
        return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
          Object.entries(manifest[kind] ?? {})
            .filter(([, version]) => !/^\d+\.\d+\.\d+(?:[-+][\w.-]+)?$/.test(version))
            .map(([name, version]) => `${file}: ${name} ${version}`),
        )
      })
    expect(wrong).toEqual([])
  })

  it('nothing large is in the tree', () => {
    expect(tracked().filter((file) => statSync(join(root, file)).size > 2 * 1024 * 1024)).toEqual([])
  })
})
