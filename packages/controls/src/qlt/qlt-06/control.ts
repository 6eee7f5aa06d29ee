import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-06',
  title: 'End-to-end tests cover the user flows',
  why: 'All parts may be right and the flow still broken: a redirect, a cookie, a button under a banner.',
  fix: '1. List the user flows. 2. Drive each in a real browser or client against the deployed artifact. 3. Wait for what a person would see, never for a time. 4. Seed data per run and remove it. 5. Map each test to its flow, so that a flow without one is seen.',
  gates: ['deploy'],
  standards: ['F', 'R'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree', 'artifact'],
  maxAgeS: 604800,
  params: {},
}
