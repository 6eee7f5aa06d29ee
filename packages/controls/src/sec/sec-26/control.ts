import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SEC-26',
  title: 'Tokens: none-algorithm, wrong key, wrong audience, expired, all refused',
  why: "A verifier that trusts the token's own header lets anybody sign their own. In 2023 Microsoft's mail accepted tokens signed with a key that was meant for consumers.",
  fix: "1. Fix the allowed algorithms per issuer in code. 2. Choose keys by issuer and key id, never by the token's own address. 3. Check audience, issuer, expiry and not-before with small leeway. 4. Refuse the rest with 401 alike. 5. Send each of the broken tokens to every protected route.",
  gates: ['deploy'],
  standards: [],
  proof: ['probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  objectFact: 'signed-tokens',
  params: {},
}
