import { type ControlId, GreengateError, type Json } from '@greengate/contracts'

/** Which value of a parameter asks for more: the smaller number, the larger one, or the later in a list of words. */
export type Stricter = 'min' | 'max' | readonly string[]

/**
 * Parameters whose name does not say it. A name that begins or ends with `max` is a ceiling (the smaller is stricter), one
 * with `min` a floor (the larger is stricter), so that most parameters need no entry here.
 */
const STRICTER: Readonly<Record<ControlId, Readonly<Record<string, Stricter>>>> = {
  'RES-01': { failuresBeforeOpen: 'min', halfOpenTrials: 'min' },
  'RES-03': {
    connectTimeoutMs: 'min',
    readTimeoutMs: 'min',
    writeTimeoutMs: 'min',
    poolTimeoutMs: 'min',
    thirdPartyTimeoutMs: 'min',
  },
  'RES-06': { loadFactor: 'max' },
  'RES-09': { spikeS: 'max' },
  'RES-10': { loadRatePerS: 'max' },
  'RES-20': { proxyKeepAliveMs: 'max', callerTimeoutMs: 'min' },
  'RES-23': { startExtraMs: 'min', requestExtraMs: 'min', decideMs: 'min' },
  'SEC-02': { hstsMaxAgeS: 'max' },
  'RES-17': { skewS: 'max' },
  'RES-18': { settleMs: 'min' },
  'RES-24': { outageS: 'max' },
  'RES-25': { missedEvents: 'max' },
  'ERR-11': { requests: 'max' },
  'OBS-07': {
    errorRatePercent: 'min',
    errorRateHoldS: 'min',
    errorRateSeverity: ['warning', 'critical'],
    errorRateHighPercent: 'min',
    p95Ms: 'min',
    p99Ms: 'min',
    probeSlowMs: 'min',
    diskUsedPercent: 'min',
    errorsPerMinute: 'min',
    cacheMissPercent: 'min',
  },
  'OBS-11': { availabilityPermille: 'max', p95Ms: 'min' },
  'OBS-14': { distinctPaths: 'max' },
  'DAT-14': { rows: 'max' },
  'DAT-15': { rowsFew: 'min', rowsMany: 'max' },
  'DAT-16': { statementP95Ms: 'min', statementMaxMs: 'min' },
  'DAT-20': { concurrentRequests: 'max' },
  'DAT-21': { concurrentRequests: 'max' },
  'PRF-01': { p95Ms: 'min' },
  'PRF-02': { loadFactor: 'max' },
  'PRF-03': { loadMs: 'min' },
  'PRF-08': { stackHealthyMs: 'min' },
  'DEP-08': { watchS: 'max' },
  'DEP-17': { highDueDays: 'min', mediumDueDays: 'min' },
  'OPS-03': { horizonDays: 'max' },
}

/** Which of two values of a parameter is the stricter, or undefined where nobody has said it. */
export function strictnessOf(control: ControlId, parameter: string): Stricter | undefined {
  const said = STRICTER[control]?.[parameter]
  if (said !== undefined) return said
  if (/^max[A-Z]|Max$/.test(parameter)) return 'min'
  if (/^min[A-Z]|Min$/.test(parameter)) return 'max'
  return undefined
}

/**
 * The stricter of two values of one parameter; equal values are returned as they are.
 * @throws GreengateError POLICY_INVALID where the direction is unknown or does not fit the values: taking either could
 * silently be the laxer.
 */
export function stricterValue(control: ControlId, parameter: string, left: Json, right: Json): Json {
  if (JSON.stringify(left) === JSON.stringify(right)) return left
  const direction = strictnessOf(control, parameter)
  if (direction === 'min' || direction === 'max') {
    if (typeof left === 'number' && typeof right === 'number') {
      return direction === 'min' ? Math.min(left, right) : Math.max(left, right)
    }
  } else if (direction !== undefined && typeof left === 'string' && typeof right === 'string') {
    const places = [direction.indexOf(left), direction.indexOf(right)] as const
    if (!places.includes(-1)) return places[0] > places[1] ? left : right
  }
  throw new GreengateError(
    'POLICY_INVALID',
    `two standards disagree on ${parameter} (${JSON.stringify(left)} and ${JSON.stringify(right)}), and which is the stricter is not known`,
    {
      where: `${control}.${parameter}`,
      fix: 'Adopt one of the two standards, or set the parameter in a policy of your own.',
    },
  )
}
