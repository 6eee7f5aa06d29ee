import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-06',
  title: 'User, API, deployment and security documents exist and name every route, variable and command there is',
  why: 'Each question that no document answers goes to the one person who knows, until that person is on holiday or leaves.',
  fix: '1. Write user, API, deployment and security documents. 2. Generate the lists of routes, variables and commands from the code and compare both ways. 3. Name reader and purpose at the top of each. 4. Check links and run the commands shown. 5. Let somebody new follow them once.',
  gates: ['deploy', 'handoff'],
  standards: ['F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
