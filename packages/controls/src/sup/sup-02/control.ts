import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'SUP-02',
  title: 'Builds install from the lock alone',
  why: 'A build that may choose newer packages than the lock ships code that nobody tested, and is the way in for a package that was taken over an hour ago.',
  fix: 'Install with the command that refuses to leave the lock: `npm ci`, `pnpm install --frozen-lockfile`, `yarn install --immutable`, `pip install --require-hashes -r`, `uv sync --locked`. Name an exact version for every tool run by `npx`. Do not pipe downloads into a shell. Packages of the operating system are not looked at.',
  gates: ['merge'],
  standards: ['C'],
  proof: ['repo'],
  scope: ['system'],
  binds: ['tree'],
  maxAgeS: 604800,
  params: {},
}
