import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OPS-01',
  title: 'A runbook for every alert and failure mode, whose commands run',
  why: 'At three in the morning nobody invents the right command. A runbook whose commands have rotted costs more time than none.',
  fix: "1. Write one per alert and failure mode: sign, first look, commands, how to see that it worked, whom to call. 2. Put commands in fenced blocks that run as they are. 3. Inject the fault, execute the blocks, and see it clear. 4. Repeat when a command's tool or name changes.",
  gates: ['deploy'],
  standards: ['F', 'R'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
