import type { Control } from '@greengate/contracts'

export const control: Control = {
  id: 'RES-20',
  title:
    "Slow clients and timeout order: header and request time limits are on; the server's keep-alive outlives its proxy's, a child's timeout is shorter than its caller's",
  why: 'Clients that send one byte a second hold connections until none is left; a server that closes idle connections before its proxy does gives random 502 answers; a call that outlives its caller works for nobody.',
  fix: 'Set limits for receiving headers and whole requests. Set the keep-alive of the server above that of its proxy. Set the time limit of each outbound call below that of the caller.',
  gates: ['deploy'],
  standards: [],
  proof: ['probe', 'boot'],
  scope: ['component'],
  binds: ['tree', 'config'],
  maxAgeS: 604800,
  params: {
    headersMsMax: 100000,
    requestMsMax: 335000,
    watchMsMax: 105000,
    proxyKeepAliveMs: 60000,
    callerTimeoutMs: 30000,
  },
}
