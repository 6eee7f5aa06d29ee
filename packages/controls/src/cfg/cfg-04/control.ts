import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-04',
  title:
    'No placeholder values (changeme, dummy, placeholder, example, todo, xxx, `<...>`, repeated or low-entropy secrets)',
  why: '`changeme` as a signing secret is a password that everybody knows; such values travel from example files into production because nothing refuses them.',
  fix: 'Refuse placeholders, repeated characters and low-entropy secrets at start with a message that names the variable. Remove placeholder lines from the env files of every environment but local.',
  gates: ['deploy'],
  standards: ['G'],
  proof: ['boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
