import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-06',
  title: 'Sign-in: limited and locked out after repeated failures, without telling who exists',
  why: 'Leaked passwords are tried by the million; sign-in without limits, or one that tells which accounts exist, is how accounts are taken over.',
  fix: "Limit attempts per address and per account with counters all replicas see, and refuse the account for a growing time after a handful of failures. Count by the name that was sent, answer the same, and verify against a fixed hash where there is no account. Declare `signIn.user`, or four of the five aspects can't be told.",
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['edge'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'sign-in',
  params: { attemptsMax: 300, failuresMax: 20, timingUsMin: 3000 },
}
