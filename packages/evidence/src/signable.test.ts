import { describe, expect, test } from 'vitest'
import type { Policy } from '@greengate/contracts'
import {
  type Deployment,
  DEPLOYMENT_PREDICATE_TYPE,
  deploymentSchema,
  POLICY_PREDICATE_TYPE,
  signableSchema,
} from './signable.ts'
import { statementOf } from './statement.ts'
import { buildEvidence, digestFor } from './testing.ts'

/** Goal: a signer puts its name to a policy and a deployment in their one shape, and to nothing like them. */

const { subject } = buildEvidence()
const policy: Policy = {
  schema: 'greengate/policy/v1',
  id: 'production',
  version: 1,
  prev: '',
  expires: '2027-01-15T12:00:00.000Z',
  approvers: [],
  threshold: 1,
  runners: [],
  anchored: false,
  require: [],
}
const deployment: Deployment = {
  subject,
  environment: 'production',
  action: 'promote',
  policy: digestFor('policy'),
  result: 'deployed',
  reasons: ['All of it is green.'],
  evidence: [digestFor('e')],
  exit: 0,
  at: '2026-01-15T12:00:00.000Z',
}
const signs = (statement: object): boolean => signableSchema.safeParse(statement).success

test('the types are the ones that verifiers look for', () => {
  expect(POLICY_PREDICATE_TYPE).toBe('https://greengate.dev/policy/v1')
  expect(DEPLOYMENT_PREDICATE_TYPE).toBe('https://greengate.dev/deployment/v1')
})

test.each([
  ['a policy', POLICY_PREDICATE_TYPE, policy],
  ['a deployment', DEPLOYMENT_PREDICATE_TYPE, deployment],
])('%s is signed about one subject, under its own type', (_name, type, predicate) => {
  const statement = statementOf(subject, type, predicate)
  expect(signs(statement)).toBe(true)
  expect(signs({ ...statement, subject: [...statement.subject, ...statement.subject] })).toBe(false)
  expect(signs({ ...statement, subject: [] })).toBe(false)
  expect(signs({ ...statement, _type: 'https://in-toto.io/Statement/v0.1' })).toBe(false)
  expect(signs({ ...statement, predicateType: 'https://greengate.dev/other/v1' })).toBe(false)
  expect(signs({ ...statement, predicate: { ...predicate, more: 1 } })).toBe(false)
  expect(signs({ ...statement, more: 1 })).toBe(false)
})

test('a policy is not signed as a deployment, nor a deployment as a policy', () => {
  expect(signs(statementOf(subject, DEPLOYMENT_PREDICATE_TYPE, policy))).toBe(false)
  expect(signs(statementOf(subject, POLICY_PREDICATE_TYPE, deployment))).toBe(false)
})

describe('a deployment', () => {
  const accepts = (change: object): boolean => deploymentSchema.safeParse({ ...deployment, ...change }).success

  test.each([
    ...(['promote', 'rollback'] as const).map((action) => ({ action })),
    ...(['deployed', 'failed', 'refused'] as const).map((result) => ({ result })),
    { exit: null },
    { exit: 137 },
    { reasons: [], evidence: [] },
  ])('may have %j', (change) => {
    expect(deploymentSchema.parse({ ...deployment, ...change })).toEqual({ ...deployment, ...change })
  })

  test.each([
    { environment: '' },
    { action: 'delete' },
    { result: 'unknown' },
    { policy: 'production' },
    { evidence: ['e'] },
    { reasons: [1] },
    { exit: 0.5 },
    { at: 0 },
    { subject: 'billing' },
  ])('can not have %j', (change) => {
    expect(accepts(change)).toBe(false)
  })

  test.each(Object.keys(deployment))('can not be without %s', (name) => {
    expect(accepts({ [name]: undefined })).toBe(false)
  })
})
