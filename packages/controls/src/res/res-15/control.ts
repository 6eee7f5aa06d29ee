import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-15',
  title: 'Queues are bounded, poison goes to a dead letter, job SLAs are declared and met',
  why: 'One message that always fails blocks the queue behind it, and an unbounded queue takes the memory of everything else; jobs are late for hours before anybody asks.',
  fix: '1. Bound length and bytes, and refuse or shed at the bound. 2. Count attempts per message and move it to a dead letter after the last. 3. Declare how old a job of each kind may get and export the oldest age. 4. Plant a poison message and overfill the queue.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'queue',
  params: {},
}
