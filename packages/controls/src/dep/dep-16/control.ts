import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-16',
  title:
    "Replicas, disruption budget, resource limits, start-up probe and grace period are declared and agree with the service's own timings",
  why: 'A grace period shorter than the drain cuts requests off; one replica without a budget is an outage whenever a node is updated.',
  fix: "1. Declare at least two replicas, a disruption budget, and spread over nodes. 2. Set requests and limits from measurements. 3. Give a start-up probe the measured start with reserve. 4. Make the grace period longer than pre-stop plus drain. 5. Compare all of these with the service's own timings in CI.",
  gates: ['deploy'],
  standards: [],
  proof: ['repo', 'boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: { minReplicas: 2 },
}
