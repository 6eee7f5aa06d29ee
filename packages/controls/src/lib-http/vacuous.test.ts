import { type Judge, judgementOutcome, type Json } from '@greengate/contracts'
import { describe, expect, it } from 'vitest'
import { judge as api01 } from '../api/api-01/judge.ts'
import { judge as api03 } from '../api/api-03/judge.ts'
import { judge as err01 } from '../err/err-01/judge.ts'
import { judge as err02 } from '../err/err-02/judge.ts'
import { judge as err03 } from '../err/err-03/judge.ts'
import { judge as err04 } from '../err/err-04/judge.ts'
import { judge as obs01 } from '../obs/obs-01/judge.ts'
import { judge as obs02 } from '../obs/obs-02/judge.ts'
import { judge as obs03 } from '../obs/obs-03/judge.ts'
import { judge as sec01 } from '../sec/sec-01/judge.ts'
import { judge as sec02 } from '../sec/sec-02/judge.ts'
import { judge as sec04 } from '../sec/sec-04/judge.ts'
import { judge as sec05 } from '../sec/sec-05/judge.ts'
import { judge as sec06 } from '../sec/sec-06/judge.ts'
import { judge as sec18 } from '../sec/sec-18/judge.ts'

const survey = { baseline: { path: '/', status: 200 }, exchanges: [], blanks: [], declaredStatuses: null }
const description = { path: '/openapi.json', version: '3.1.0', errors: [], operations: [] }
const source = { read: false, filesRead: 0, filesOfOtherLanguages: 0, routes: [] }
const route = { request: 'GET /', sent: 1000, firstLimited: 0, perAccount: false, headers: [] }

function outcomeOf<O, P, A extends string>(judge: Judge<O, P, A>, observation: Json): string {
  return judgementOutcome(judge.judge(judge.parse(observation), judge.parseParams({})))
}

// Goal: an observation in which nothing was seen never passes. Method: the emptiest one each schema admits.
describe('nothing seen', () => {
  const cases: [string, () => string][] = [
    ['ERR-01', () => outcomeOf(err01, { registry: null, survey })],
    ['ERR-02', () => outcomeOf(err02, { survey, help: [] })],
    ['ERR-03', () => outcomeOf(err03, { registry: null, survey })],
    ['ERR-04', () => outcomeOf(err04, { survey })],
    [
      'OBS-01',
      () =>
        outcomeOf(obs01, {
          lines: { total: 0, json: 0, stdout: 0, stdoutJson: 0, dropped: 0 },
          otherLines: [],
          sent: 60,
          kinds: [],
          unlinked: { lines: 0, withActor: 0 },
          records: [],
        }),
    ],
    ['OBS-02', () => outcomeOf(obs02, { probes: [], logLines: 0, upstream: [] })],
    ['OBS-03', () => outcomeOf(obs03, { tried: [], path: null, readIsRoute: false, traffic: [], series: [] })],
    ['SEC-01', () => outcomeOf(sec01, { probes: [], notAsked: 0 })],
    ['SEC-02', () => outcomeOf(sec02, { tls: false, answers: [], notAsked: 0 })],
    [
      'SEC-04',
      () =>
        outcomeOf(sec04, {
          request: 'GET /',
          sent: 0,
          statuses: {},
          firstLimited: 0,
          durationMs: 0,
          firstHeaders: {},
          limitedHeaders: {},
        }),
    ],
    ['SEC-05', () => outcomeOf(sec05, { api: route, signIn: null, signInDeclared: false })],
    ['SEC-05 without anything', () => outcomeOf(sec05, { api: null, signIn: null, signInDeclared: true })],
    [
      'SEC-06',
      () =>
        outcomeOf(sec06, {
          place: '',
          flood: { sent: 0, statuses: {}, firstLimited: 0, durationMs: 0 },
          user: null,
          userProblem: '',
        }),
    ],
    [
      'SEC-18',
      () =>
        outcomeOf(sec18, {
          small: { place: '', status: 0 },
          probes: [],
          rssBeforeBytes: 0,
          rssAfterBytes: 0,
          aliveStatus: 200,
          largeBytes: 1,
          notAsked: 0,
        }),
    ],
    ['API-01', () => outcomeOf(api01, { tried: [], description: null, source, live: [], asked: [], operational: [] })],
    [
      'API-01 with an empty description',
      () => outcomeOf(api01, { tried: [], description, source, live: [], asked: [], operational: [] }),
    ],
    [
      'API-03',
      () => outcomeOf(api03, { description: null, described: [], exercised: [], answers: [], unreadableSchemas: [] }),
    ],
    [
      'API-03 with nothing exercised',
      () =>
        outcomeOf(api03, {
          description: '/',
          described: ['GET /a'],
          exercised: [],
          answers: [],
          unreadableSchemas: [],
        }),
    ],
  ]
  it.each(cases)('%s does not pass', (_, outcome) => {
    expect(['fail', 'inconclusive']).toContain(outcome())
  })
})
