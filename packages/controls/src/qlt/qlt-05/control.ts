import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-05',
  title: 'Integration tests touch the critical paths',
  why: 'Unit tests with everything replaced prove that the parts work alone. The query, the header, the transaction between them fail in production.',
  fix: '1. Name the critical paths and the files they run through. 2. Test each against real backing services in a sandbox. 3. Read coverage of that suite alone for these files. 4. Add a failing case for each path: dependency down, conflict, no right. 5. Let a path without cover fail CI.',
  gates: ['merge'],
  standards: ['F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
