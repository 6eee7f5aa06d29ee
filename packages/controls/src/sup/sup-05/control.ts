import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-05',
  title: 'CI has no safety valves: ignored exit codes, continue-on-error, allowed failures, pass-with-no-tests, focused or skipped tests',
  why: '',
  fix: '',
  gates: ['merge'],
  standards: ['C'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
