import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-01',
  title:
    "Environment lock: the process refuses to start when the declared environment, the env file's own environment and the runtime it was installed into (virtualenv name, production install) disagree",
  why: 'A process that runs with staging credentials against production data, or the other way round, does damage that looks like normal work until somebody notices.',
  fix: 'At start compare what the declared environment, the env file and the runtime say. When two of them disagree write one structured ConfigError line that names the variables and exit with a code other than 0 before the port is opened.',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
