import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CMP-02',
  title: 'Consent is recorded and can be withdrawn',
  why: "Consent that can't be shown counts as not given, and one that can't be withdrawn as easily was never valid. Google paid 50 million euros in France in 2019 over how it asked.",
  fix: '1. Store who agreed to which text, when and how. 2. Ask per purpose with nothing ticked. 3. Offer withdrawal as near as consent. 4. Stop the processing in every service on withdrawal. 5. Give, withdraw and then look for processing that goes on.',
  gates: ['deploy'],
  standards: ['S'],
  proof: ['drill'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'personal-data',
  params: {},
}
