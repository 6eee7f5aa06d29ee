import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'CFG-10',
  title: 'Development mode is off in production: no reload, debug, public source maps, stack traces',
  why: 'Debug pages and stack traces tell an attacker versions, paths and secrets; a reloader in production restarts the service whenever a file is touched.',
  fix: 'Start the built program without a watcher or reloader. Answer errors without stack traces, serve no debug endpoint and no source map, and refuse debug switches in production.',
  gates: ['deploy'],
  standards: ['C'],
  proof: ['boot', 'probe'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {},
}
