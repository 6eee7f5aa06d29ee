import { createRandom, createSystemClock } from '@greengate/bench'
import { type CheckContext, type HttpRequest, type Instance, serviceConfigSchema } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { judge } from '../err/err-02/judge.ts'
import { provokeErrors } from './provoke.ts'
import type { Survey } from './survey.ts'

const envelope = (code: string) =>
  JSON.stringify({
    error: {
      code,
      message: 'No.',
      details: null,
      request_id: '7f3c1d52-9a4e-4b6f-8c2d-1e5a6b7c8d9e',
      help: `/errors/${code}`,
    },
  })

/** A service that conflicts on one path that nobody but its owner knows of, and answers 404 everywhere else. */
async function surveyOf(conflictBody: string): Promise<Survey> {
  const config = serviceConfigSchema.parse({
    service: 'a',
    requests: { list: { path: '/list' }, taken: { method: 'POST', path: '/taken/{n}', effect: 'write', expect: 409 } },
  })
  const http = async (request: HttpRequest) => {
    const status = request.path === '/list' ? 200 : request.path.startsWith('/taken/') ? 409 : 404
    const body = status === 409 ? conflictBody : envelope('not_found')
    const headers = { 'content-type': ['application/json'] }
    return { status, headers, body: status === 200 ? '[]' : body, truncated: false, durationMs: 1, error: '' }
  }
  const instance = {
    http,
    prepare: (spec: { method: string; path: string }, n = 0): HttpRequest => ({
      method: spec.method,
      path: spec.path.replace('{n}', String(n)),
    }),
    dependencies: new Map(),
    running: () => true,
  } as unknown as Instance
  const context = {
    config,
    facts: [],
    clock: createSystemClock(),
    random: createRandom(),
    signal: new AbortController().signal,
    progress: () => {},
  } as unknown as CheckContext
  return provokeErrors(context, instance)
}

describe('requests that are declared with an error status', () => {
  it('provoke what nothing else would: a conflict in the envelope passes', async () => {
    const survey = await surveyOf(envelope('conflict'))
    expect(survey.exchanges).toContainEqual(expect.objectContaining({ kind: 'declared-error', status: 409 }))
    const verdict = judge.judge({ survey, help: [] }, judge.parseParams({}))
    expect(verdict.aspects['envelope-409']).toEqual({ outcome: 'pass', code: 'ok' })
  })

  it('are judged as every other: a conflict without the envelope fails', async () => {
    const verdict = judge.judge({ survey: await surveyOf('{"oops":true}'), help: [] }, judge.parseParams({}))
    expect(verdict.aspects['envelope-409']).toEqual({ outcome: 'fail', code: 'no-error-object' })
  })
})
