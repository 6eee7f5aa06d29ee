import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'DEP-13',
  title: 'Infrastructure is code, valid and complete for production and staging (Terraform, Kubernetes)',
  why: "What was clicked together can't be rebuilt, reviewed or compared. After the loss of a region or of a person nobody knows how it was.",
  fix: '1. Describe every resource of production and staging in code. 2. Import what exists. 3. Validate and plan in CI; an unexplained difference fails. 4. Take both environments from the same modules. 5. Build a third from nothing, once, and remove it.',
  gates: ['deploy'],
  standards: ['F'],
  proof: ['repo'],
  scope: ['system', 'environment'],
  binds: ['tree', 'environment'],
  maxAgeS: 604800,
  params: {},
}
