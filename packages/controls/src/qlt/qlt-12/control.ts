import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-12',
  title: 'Testable code: nothing touches network or files when imported; functions are of bounded complexity',
  why: "A module that connects when it is imported can't be tested without a database, and a function of fifty branches can't be tested at all.",
  fix: "1. Move connections, reads and timers from module level into functions that are called at start. 2. Pass clock, randomness and clients in. 3. Split functions above the bound along their decisions. 4. Import every module in CI with network and files denied. 5. Set the linter's bound and lower it.",
  gates: ['merge'],
  standards: ['F'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: { maxComplexity: 15 },
}
