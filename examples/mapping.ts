/** One row of `measured.json`: the aspects of ours that say the same, and whether they can be compared yet. */
export interface MappedRow {
  readonly row: string
  readonly control: string
  /** All of them must pass for the row to pass; one that fails makes it fail. */
  readonly aspects: readonly string[]
}

/** Rows whose aspect a check proves. */
export const MAPPED: readonly MappedRow[] = [
  { row: 'health', control: 'OBS-13', aspects: ['live-fast'] },
  { row: 'readyTracksDb', control: 'OBS-13', aspects: ['ready-frozen', 'ready-down'] },
  { row: 'liveIgnoresDb', control: 'OBS-13', aspects: ['live-independent'] },
  { row: 'bootNoDb', control: 'RES-23', aspects: ['required-absent'] },
  { row: 'term0_4s', control: 'RES-10', aspects: ['body-phase-early'] },
  { row: 'term1_2s', control: 'RES-10', aspects: ['body-phase-late'] },
  { row: 'termDbWait', control: 'RES-10', aspects: ['database-wait'] },
  { row: 'termIdleExit', control: 'RES-10', aspects: ['idle-exit'] },
  { row: 'body413', control: 'SEC-18', aspects: ['content-length', 'chunked'] },
  { row: 'malformed400', control: 'ERR-02', aspects: ['malformed-json'] },
  { row: 'wrongCT', control: 'ERR-02', aspects: ['wrong-content-type'] },
  { row: 'notFoundJson', control: 'ERR-02', aspects: ['unknown-path'] },
  { row: 'corsClosed', control: 'SEC-01', aspects: ['success', 'preflight'] },
  { row: 'secHeaders', control: 'SEC-02', aspects: ['headers', 'headers-on-errors'] },
  { row: 'noStack', control: 'ERR-04', aspects: ['client-errors', 'server-errors'] },
  { row: 'rateLogin', control: 'SEC-06', aspects: ['limited'] },
  { row: 'rateApi', control: 'SEC-04', aspects: ['limited'] },
  { row: 'retryAfter', control: 'ERR-03', aspects: ['429'] },
  { row: 'xffSafe', control: 'SEC-05', aspects: ['sign-in'] },
  { row: 'requestId', control: 'OBS-02', aspects: ['echo'] },
  { row: 'metricsProm', control: 'OBS-03', aspects: ['exposed'] },
  { row: 'logJson', control: 'OBS-01', aspects: ['json'] },
  { row: 'catchAll200', control: 'OBS-21', aspects: ['unknown-path'] },
  { row: 'safeDefaults', control: 'SEC-34', aspects: ['default-accounts', 'open-admin', 'open-registration'] },
]

/** A row that comes out otherwise than by hand: by which code, and where the observation that proves it stands. */
export interface ExplainedRow {
  readonly service: string
  readonly row: string
  /** `aspect: code` that must be there, so that another difference in the same row is not covered. */
  readonly saying: string
  readonly because: string
}

/** Differences whose observation the example's README shows. */
export const EXPLAINED: readonly ExplainedRow[] = [
  {
    service: 'unleash',
    row: 'noStack',
    saying: 'server-errors: fail (sql)',
    because: 'a NUL byte in a path is answered 500 with the SQL statement; by hand no 500 was provoked',
  },
  {
    service: 'parse-server',
    row: 'safeDefaults',
    saying: 'open-registration: fail (open-registration)',
    because: 'by hand it was not tested; POST /parse/users makes an account for anybody who knows the public app id',
  },
]

/** Rows that belong to controls without a check so far. */
export const NOT_YET: Readonly<Record<string, string>> = {
  dbFrozenBounded: 'RES-03, ERR-09',
  recoverThaw: 'RES-07',
  dbKillSurvive: 'RES-07',
  dbDownFast5xx: 'ERR-09',
  oddInputNo5xx: 'SEC-17',
  logNoSecrets: 'SCR-02',
}
