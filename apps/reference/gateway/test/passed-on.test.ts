/**
 * Goal: what the gateway says it passes on is what the services behind offer, no more and no less.
 * Method: its list is compared with their API contracts, as the repository keeps them.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { passedOn } from '../src/passed-on.ts'
import { targetOf } from '../src/routing.ts'

const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete'])
const contracts = join(import.meta.dirname, '../../docs/openapi')

/** `GET /v1/me` and the like: what a service offers beside its operations endpoints. */
function offered(service: 'platform' | 'content'): { method: string; path: string }[] {
  const { paths } = JSON.parse(readFileSync(join(contracts, `${service}.json`), 'utf8')) as {
    paths: Record<string, Record<string, unknown>>
  }
  return Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, item]) =>
      Object.keys(item)
        .filter((method) => METHODS.has(method))
        .map((method) => ({ method: method.toUpperCase(), path })),
    )
}

/** Whether every path of a template is one of the other's: a parameter stands for any segment, a word for itself. */
function covers(template: string, path: string): boolean {
  const [wide, narrow] = [template.split('/'), path.split('/')]
  return wide.length === narrow.length && wide.every((segment, at) => segment.startsWith('{') || segment === narrow[at])
}

/** Never reached from outside. */
const isInside = (method: string, path: string): boolean => {
  try {
    targetOf(method, path)
    return false
  } catch {
    return true
  }
}

describe.each(['platform', 'content'] as const)('what %s offers', (service) => {
  const operations = offered(service)
  const lists = passedOn.filter(({ backend }) => backend === service)

  it('is described by the gateway, but for what stays inside', () => {
    const outside = operations.filter(({ method, path }) => !isInside(method, path.replaceAll(/\{\w+\}/g, 'sample')))
    expect(outside.length).toBeGreaterThan(15)
    const missing = outside.filter(
      ({ method, path }) =>
        !lists.some((one) => one.methods.some((known) => known === method) && covers(one.path, path)),
    )
    expect(missing).toEqual([])
    const inside = operations.filter((one) => !outside.includes(one)).map(({ method, path }) => `${method} ${path}`)
    expect(inside).toEqual(service === 'content' ? ['POST /v1/media/reap'] : [])
  })

  it('is all that the gateway describes of it', () => {
    const stale = lists.flatMap(({ path, methods }) =>
      methods
        .filter((method) => !operations.some((one) => one.method === method && covers(path, one.path)))
        .map((method) => `${method} ${path}`),
    )
    expect(stale).toEqual([])
  })
})
