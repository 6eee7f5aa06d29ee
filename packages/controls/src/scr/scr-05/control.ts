import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SCR-05',
  title: 'No key older than 90 days, none older than the last incident that touched it; each rotation is logged',
  why: "An old key is one that many former colleagues, laptops and logs have seen. Cloudflare's internal wiki was entered in November 2023 through one token and three accounts that had not been rotated after the Okta breach.",
  fix: '1. List every key with its creation time, from the store where it has one. 2. Rotate what is older than 90 days or older than an incident that touched it. 3. Log each rotation with who, when and why. 4. Schedule the next one and alert a week before it is due.',
  gates: ['operate'],
  standards: ['R'],
  proof: ['record'],
  scope: ['team'],
  binds: ['environment'],
  maxAgeS: 2592000,
  params: { maxKeyAgeDays: 90 },
}
