import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-26',
  title: 'Stateless: any replica may die without a session lost; replicas add capacity',
  why: "A session in one process's memory ends when that process does, so that each deploy signs people out and a second replica does not help.",
  fix: '1. Move sessions, uploads, schedules and locks into shared stores. 2. Remove sticky routing. 3. Kill replicas in turn while signed-in users work and count lost sessions. 4. Compare throughput of one and two replicas; if it does not rise, find what they share.',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['drill'],
  scope: ['system'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
