import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'API-04',
  title: 'Consumer contracts (Pact) hold',
  why: "The provider's tests can't know which field a consumer relies on. It disappears in a harmless clean-up and the mobile application in the shops breaks.",
  fix: "1. Let each consumer publish its contract with the version it runs. 2. Verify all contracts of deployed versions in the provider's CI, with provider states seeded. 3. Refuse an empty set of contracts. 4. Ask before a deploy whether both sides' versions fit. 5. Publish the result.",
  gates: ['merge', 'deploy'],
  standards: ['C'],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
