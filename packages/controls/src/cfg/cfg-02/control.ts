import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-02',
  title: 'Runtime lock: runtime version and installed dependencies are the pinned ones',
  why: 'What was tested is what may go live. A runtime or a package that differs from the pinned one behaves differently in ways that no test has seen.',
  fix: 'Pin the runtime to an exact version in one file (.nvmrc, .node-version, .python-version), let Dockerfile and manifest agree with it, start the service with it, and install from the lock alone (`npm ci`, `uv sync --locked`).',
  gates: ['code', 'deploy'],
  standards: ['G'],
  proof: ['repo', 'boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
