import { judgementOutcome } from '@greengate/contracts'
import { expect, it } from 'vitest'
import { judge as runtime } from '../src/cfg/cfg-02/judge.ts'
import { judge as registry } from '../src/cfg/cfg-05/judge.ts'
import { judge as example } from '../src/cfg/cfg-06/judge.ts'
import { judge as lint } from '../src/qlt/qlt-01/judge.ts'
import { judge as types } from '../src/qlt/qlt-02/judge.ts'
import { judge as secrets } from '../src/scr/scr-01/judge.ts'
import { judge as locks } from '../src/sup/sup-01/judge.ts'
import { judge as installs } from '../src/sup/sup-02/judge.ts'
import { judge as valves } from '../src/sup/sup-05/judge.ts'

const planted = { command: '', reason: '', file: '', exit: null, named: false, timedOut: false }
const none = { where: '', problem: '', variables: [] }

/** Goal: nothing seen is never a pass. Method: every judge of trees on an observation in which nothing was seen. */
it.each([
  ['CFG-02', runtime, { pins: [], runtimes: [], installed: [] }],
  ['CFG-05', registry, { sources: 0, notUnderstood: [], registry: none, reads: [], mentioned: [], dynamic: [] }],
  ['CFG-06', example, { registry: none, files: [] }],
  [
    'SCR-01',
    secrets,
    {
      canaryFound: true,
      tree: { files: 0, scanned: 0, binary: 0, unread: [], hits: [] },
      history: { state: 'read', reason: '', commits: 0, commitsRead: 0, hits: [] },
    },
  ],
  ['SUP-01', locks, { projects: [], notUnderstood: [], unreadable: [] }],
  [
    'SUP-02',
    installs,
    {
      commands: [],
      commandsSeen: 0,
      unknown: [],
      truncated: false,
      ownTools: [],
      hashedFiles: [],
      exported: [],
      bundlerFrozen: [],
      nuget: 'no-lock',
      yarnBerry: false,
    },
  ],
  [
    'SUP-05',
    valves,
    {
      pipelines: [],
      unknown: [],
      commandsSeen: 0,
      commands: [],
      settings: [],
      testFiles: 0,
      testsUnread: [],
      testValves: [],
      planted,
    },
  ],
  ['QLT-01', lint, { sourceFiles: 0, commands: [], sarif: null, styleRules: '' }],
  [
    'QLT-02',
    types,
    {
      languages: { javascript: 0, typescript: 0, python: 0, other: 0 },
      commands: [],
      sourceFiles: 0,
      leftOutFiles: 0,
      leftOut: [],
    },
  ],
] as const)('%s does not pass on nothing', (_id, judge, observation) => {
  const typed = judge as unknown as typeof runtime
  const judgement = typed.judge(typed.parse(observation as never), typed.parseParams({}))
  expect(judgementOutcome(judgement)).toBe('inconclusive')
  expect(Object.values(judgement.aspects).filter((aspect) => aspect.outcome === 'pass')).toEqual([])
})
