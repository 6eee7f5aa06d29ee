import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DAT-16',
  title: 'Database statements under 100 ms (p95 and, under the quality-gates standard, the slowest at expected load)',
  why: 'Statement time is what a request cannot make up for elsewhere; one slow statement also holds its locks and its connection for all others.',
  fix: '1. Collect statement times at the database under expected load. 2. Take the worst by total time first. 3. Look at its plan: index, fewer columns, a smaller page, less locking. 4. Set `statement_timeout` a little above the budget. 5. Measure again under the same load.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['telemetry', 'drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'database',
  params: { statementP95Ms: 100 },
  standardParams: { S: { statementMaxMs: 100 } },
}
