import { describe, expect, it } from 'vitest'
import { Cors } from './index.ts'

describe('Cors', () => {
  const cors = new Cors({ origins: ['https://a.test'] })
  it('answers the origins on the list, exactly', () => {
    expect(cors.headers('https://a.test', false)['access-control-allow-origin']).toBe('https://a.test')
    expect(cors.headers('https://a.test', true)['access-control-allow-methods']).toContain('GET')
  })
  it.each([undefined, 'null', '*', 'https://a.test.evil.test', 'http://a.test', 'https://A.TEST'])(
    'tells %s nothing',
    (origin) => expect(cors.headers(origin, true)).toEqual({ vary: 'Origin' }),
  )
  it.each(['*', 'null', 'https://a.test/', 'https://a.test/x', 'ftp://a.test'])('refuses %s in the list', (origin) =>
    expect(() => new Cors({ origins: [origin] })).toThrow(RangeError),
  )
})
