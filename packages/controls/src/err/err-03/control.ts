import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'ERR-03',
  title: "Retry-After on retriable errors, and on those alone, with the registry's value",
  why: "Without Retry-After clients choose their own pace, and after an outage all of them come back at once; with it on errors that are final they repeat what can't succeed.",
  fix: "Take Retry-After from the error registry where the answer is made: on 429 the seconds left of the window, on 503 the registry's value, on errors of the caller none.",
  gates: ['deploy'],
  standards: ['C'],
  proof: ['probe', 'drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
