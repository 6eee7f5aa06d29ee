import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-09',
  title: 'Every alert has severity with its route (page now, review soon, daily), owner and a runbook that resolves',
  why: 'An alert without an owner or a runbook wakes somebody who can only stare at it. After a month of those nobody looks any more.',
  fix: "1. Give each rule `severity`, `owner` and `runbook_url`. 2. Map each severity to a route: page now, review soon, daily. 3. Name owners that the on-call tool knows. 4. Follow every link in CI: it must resolve to a section with that alert's name. 5. Delete alerts that nobody acts on.",
  gates: ['deploy'],
  standards: ['C', 'S', 'F', 'R'],
  proof: ['repo'],
  scope: ['system'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
