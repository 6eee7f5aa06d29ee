import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-10',
  title: 'A deployment is linked to its commit, tag, change request and work item',
  why: 'In an incident the question is what changed. Without the links it takes a search through three systems, while people wait.',
  fix: "1. Tag each deployed commit. 2. Write commit, tag, change request and work item into the artifact's labels and the deployment's record. 3. Refuse a deployment whose change request names no work item. 4. Follow all links in CI. 5. Show them on the version endpoint that is inside.",
  gates: ['deploy'],
  standards: ['S'],
  proof: ['repo'],
  scope: ['component'],
  binds: ['tree', 'artifact'],
  maxAgeS: 604800,
  params: {},
}
