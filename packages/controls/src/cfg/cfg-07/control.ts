import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-07',
  title: 'Values are parsed and range-checked at start, not at first use',
  why: 'A malformed limit or address that is parsed when it is first used fails in the middle of a request, hours after the deploy that brought it.',
  fix: 'Parse every variable at start by its declared format, check its range, and refuse to start with a message that names it.',
  gates: ['deploy'],
  standards: ['G', 'F'],
  proof: ['boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
