import { FAMILIES, type Report, type ReportControl, finding } from '@greengate/contracts'

const digest = (seed: string): `sha256:${string}` =>
  `sha256:${Buffer.from(seed).toString('hex').padEnd(64, '4e1b9f0c7a').slice(0, 64)}`

type Status = ReportControl['status']

/** A row with every field filled; `changes` replaces some. */
export function sampleControl(id: string, status: Status, changes: Partial<ReportControl> = {}): ReportControl {
  const isEvidence = status !== 'missing' && status !== 'unproved'
  const outcome =
    status === 'missing' || status === 'unproved' || status === 'flaky'
      ? 'inconclusive'
      : status === 'expired'
        ? 'pass'
        : status
  const isRed = status === 'fail' || status === 'inconclusive' || status === 'error'
  return {
    id,
    target: 'shop',
    title: TITLES[id] ?? 'Every number in an answer is one that the database holds',
    why: 'A number that nobody can trace back was paid out twice before anybody noticed; the people who rely on it can not tell.',
    fix: 'Read the number where it is kept, in the request that answers, and compare it in a test that asks the running service.',
    proof: ['boot', 'probe'],
    outcome,
    status,
    reason: REASONS[status],
    aspects: isEvidence
      ? {
          'every-route': { outcome, code: isRed ? 'stack-trace-in-body' : 'ok' },
          'after-restart': { outcome: 'pass', code: 'ok' },
        }
      : {},
    findings: isRed
      ? [
          finding({
            aspect: 'every-route',
            code: 'stack-trace-in-body',
            message: 'POST /api/orders answers a malformed body with a stack trace.',
            where: 'src/orders/route.ts:41',
            expected:
              '400 with the error envelope: {"error":{"code","message","request_id"}} and nothing of the inside.',
            observed:
              '500 text/html\nSyntaxError: Unexpected token } in JSON\n    at JSON.parse (<anonymous>)\n    at /app/src/orders/route.ts:41:18',
            fix: 'Give the body parser an error handler that answers with the envelope, and turn off the development error page.',
          }),
        ]
      : [],
    refutations: isEvidence ? { tried: 7, caught: 7 } : { tried: 0, caught: 0 },
    exercised: isEvidence ? { requests: 148, faultSeen: 12, starts: 3 } : {},
    evidence: isEvidence ? digest(`${id} ${status}`) : '',
    cached: false,
    durationMs: 1_480,
    ...changes,
  }
}

const REASONS: Readonly<Record<Status, string>> = {
  pass: '',
  fail: 'A malformed body is answered with a stack trace.',
  inconclusive: 'No request of this run reached the database, so nothing can be said.',
  error: 'The check broke while it looked: the proxy in front of the database was gone.',
  not_applicable: 'package.json names no queue client, and no connection was opened.',
  missing: 'Nothing was observed for this control in this run.',
  expired: 'The evidence is 9 days old; at most 7 are allowed.',
  unproved: 'No check proves this control yet.',
  flaky: 'Two of three identical runs passed.',
}

const TITLES: Readonly<Record<string, string>> = {
  'CFG-01': 'The process refuses to start when environment, env file and runtime disagree',
  'CFG-03': 'Every missing required variable stops the start, and all are named in one message',
  'ERR-04': 'No answer shows anything of the inside: no stack, no SQL, no path, no version',
  'RES-10': 'A stop lets running requests finish, closes idle connections and exits within the limit',
  'OBS-21': 'The probe for readiness tells the truth about the database',
  'SEC-05': 'Sign-in is limited per account and per address, and the limit does not tell who exists',
}

const MIX: readonly Status[] = [
  'pass',
  'pass',
  'pass',
  'pass',
  'unproved',
  'pass',
  'unproved',
  'pass',
  'unproved',
  'pass',
  'not_applicable',
]

/** A plausible red report with every status in it. */
export function sampleReport(changes: Partial<Report> = {}, controlsPerFamily = 8): Report {
  const controls = Object.keys(FAMILIES).flatMap((family, f) =>
    Array.from({ length: controlsPerFamily }, (_, n) =>
      sampleControl(`${family}-${String(n + 1).padStart(2, '0')}`, MIX[(f * 3 + n) % MIX.length] ?? 'pass'),
    ),
  )
  const special: Readonly<Record<string, Status>> = {
    'CFG-03': 'fail',
    'ERR-04': 'fail',
    'SEC-05': 'flaky',
    'RES-06': 'error',
    'OBS-02': 'inconclusive',
    'SUP-05': 'expired',
    'OPS-03': 'missing',
  }
  const rows = controls.map((control) => {
    const status = special[control.id]
    return status === undefined ? control : sampleControl(control.id, status)
  })
  return {
    schema: 'greengate/report/v1',
    service: 'shop',
    environment: 'staging',
    gate: 'deploy',
    subject: {
      name: 'shop',
      kind: 'tree',
      digest: digest('tree'),
      dirty: false,
      commit: '8f2c1d90ab34c5de6f7081928374655a0b1c2d3e',
      binds: { tree: digest('tree'), artifact: '', config: digest('config'), environment: '', service: '' },
    },
    trust: 'local',
    policy: 'green-gate v3',
    policyDigest: digest('policy'),
    verdict: 'red',
    reasons: [],
    coverage: { proved: rows.filter((row) => row.status === 'pass').length, required: rows.length, catalogue: 224 },
    startedAt: '2026-11-21T06:52:50.000Z',
    durationMs: 134_200,
    tool: 'greengate 0.1.0',
    facts: [
      {
        name: 'database',
        target: 'shop',
        state: 'present',
        detector: 'dependencies@1',
        how: 'package.json:14 depends on pg',
      },
      {
        name: 'queue',
        target: 'shop',
        state: 'absent',
        detector: 'dependencies@1',
        how: 'no queue client among 41 dependencies',
      },
      { name: 'tenants', target: 'shop', state: 'unknown', detector: 'none@1', how: 'nobody looked' },
    ],
    controls: rows,
    hints: ['`requests` with a write would let RES-10 watch a body that is being sent while the service stops.'],
    ...changes,
  }
}
