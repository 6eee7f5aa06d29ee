import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-19',
  title: 'Missing data alerts (dead man), and so does a surge of 4xx and 429',
  why: 'When the exporter dies with the service there is no data, and no data raises no alarm. In the AWS outage of 22 October 2012 agents could not report to their server for hours, and nothing noticed.',
  fix: '1. Add an `absent()` rule for each vital metric. 2. Send a heartbeat alert that always fires to a receiver outside, which pages when it stops. 3. Alert on a surge of 4xx and of 429, which are failures for the people concerned. 4. Kill the exporter, and then the rule server, and wait for the page.',
  gates: ['deploy'],
  standards: [],
  proof: ['telemetry', 'drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
