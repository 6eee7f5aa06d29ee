import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-09',
  title: 'Every alert has severity with its route (page now, review soon, daily), owner and a runbook that resolves',
  why: '',
  fix: '',
  gates: ['deploy'],
  standards: ['C', 'S', 'F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
