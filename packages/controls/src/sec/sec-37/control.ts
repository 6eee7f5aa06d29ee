import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-37',
  title: 'Output encoding: markers stay inert in headers, logs, CSV, HTML',
  why: 'The same name is harmless in a table and a command in a spreadsheet, a new line in a log, a header in an answer.',
  fix: "1. Encode at each sink for that sink. 2. Refuse line breaks in header values. 3. Log structured fields, so that a value can't start a record. 4. Prefix cells that begin with `=`, `+`, `-` or `@` in exports. 5. Write markers through every input and read all sinks back.",
  gates: ['deploy'],
  standards: ['S'],
  proof: ['probe', 'browser', 'telemetry'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
