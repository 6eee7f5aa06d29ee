import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-32',
  title:
    'Certificates: over 21 days left, full chain, right names, reloaded without restart; outbound verification is on',
  why: 'Certificates expire on a day that everybody knew: Microsoft Teams was down for hours in February 2020, and Firefox lost all add-ons in May 2019. With verification off anybody may answer.',
  fix: '1. Renew automatically at a third of the life left. 2. Alert at 21 days, measured by handshake and not by file date. 3. Serve the full chain with the right names. 4. Reload on change without a restart. 5. Remove every switch that turns verification off, and present a self-signed peer to each client.',
  gates: ['deploy', 'operate'],
  standards: [],
  proof: ['probe', 'drill'],
  scope: ['environment', 'edge'],
  binds: ['tree', 'config', 'environment'],
  maxAgeS: 2592000,
  params: { minDaysLeft: 21 },
}
