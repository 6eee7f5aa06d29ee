import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-08',
  title: "Multi-factor sign-in works and can't be skipped",
  why: 'A password alone is bought for cents. The attackers of some 165 Snowflake customers in 2024 needed nothing else, because no second factor was asked for.',
  fix: '1. Offer a second factor and require it for administrators. 2. Issue no session before both factors passed. 3. Ask again for the sensitive actions. 4. Limit attempts and refuse a code used before. 5. Guard recovery at least as well. 6. Try to reach routes between the two steps.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'sign-in',
  params: {},
}
