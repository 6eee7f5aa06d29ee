import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'OBS-22',
  title: 'Logs reach the aggregator and survive the instance',
  why: 'The logs that matter most are those written just before the crash, and on a container they die with it unless they had left.',
  fix: '1. Write to stdout, unbuffered or flushed on error. 2. Let a collector outside the process ship with a disk buffer. 3. Keep logs for the time the policy asks for. 4. Write a mark, kill the instance with SIGKILL, and query the aggregator for the mark. 5. Alert when shipping lags.',
  gates: ['deploy'],
  standards: ['R'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 604800,
  params: {},
}
