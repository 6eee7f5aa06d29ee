import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-02',
  title: 'Types check',
  why: 'A type error is a call that can fail at run time, known before it runs. A check that leaves folders out says nothing about them, and its green is read as if it did.',
  fix: 'Run the type check and mend what it names. Widen `include` (or add a project) until every source file of the service is looked at.',
  gates: ['code', 'merge'],
  standards: ['S', 'R'],
  proof: ['repo'],
  scope: ['system'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: { filesPercentMin: 90 },
}
