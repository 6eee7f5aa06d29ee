import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'PRF-02',
  title: '10x expected load without collapse',
  why: 'The day on which the load is ten times higher is the day that counts. HealthCare.gov let six people enrol on its first one.',
  fix: '1. Declare the expected peak. 2. Drive ten times of it and watch goodput, latency, pools and memory. 3. Find the first thing that saturates and bound the work before it. 4. Shed the rest quickly. 5. Return to normal load: latency must be back within a minute without a restart.',
  gates: ['deploy'],
  standards: ['C', 'F'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'http',
  params: { loadFactor: 10 },
}
