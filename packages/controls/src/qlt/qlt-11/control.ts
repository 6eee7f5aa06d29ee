import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'QLT-11',
  title: 'Logging goes through the logger',
  why: "A line printed past the logger has no level, no correlation id and no redaction: it can't be searched, and may hold a secret.",
  fix: "1. Find `print`, `console` and direct writes to stdout outside of command-line programs. 2. Replace them by the logger with an event name and fields. 3. Send libraries' own output through it. 4. Turn the lint rule to error, with an allow-list for programs. 5. Compare with what a run prints.",
  gates: ['merge'],
  standards: ['F'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
