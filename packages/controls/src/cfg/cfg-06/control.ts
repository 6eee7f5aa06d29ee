import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-06',
  title: 'The example env file holds every required variable with a description and no real value',
  why: 'The example file is what a new colleague, and the person who rebuilds the service at night, copies. A variable missing in it costs hours; a real value in it is a leaked one.',
  fix: 'Commit `.env.example` with one line for each required variable, a comment above it that says what it is for, and an empty value or an obvious placeholder for every secret.',
  gates: ['merge', 'handoff'],
  standards: ['R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
