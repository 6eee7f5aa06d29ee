import { type AnyJudge, type Evidence, invariant, type Json } from '@greengate/contracts'
import { BUNDLE_FILE, ENVELOPES, LEDGER_ENTRIES } from './bundle.ts'
import { canonicalize, strictParse } from './canonical.ts'
import { EvidenceError } from './errors.ts'
import { buildEvidence, createTestKey, EVIDENCE_TIME_MS, oddJudges, trustKeys } from './testing.ts'
import { type BundleVerification, verifyBundle, type VerifyOptions } from './verify/verify-bundle.ts'

/** What the tests of the verifier share. */

export const NOW_MS = EVIDENCE_TIME_MS + 60_000
export const ORIGIN = 'greengate.example/billing'
export const key = createTestKey()
/** Somebody whom the trust root does not name. */
export const stranger = createTestKey()

export const three = (): Evidence[] => [
  buildEvidence({ control: 'OBS-21' }),
  buildEvidence({ control: 'ERR-01', outcome: 'fail' }),
  buildEvidence({ control: 'RES-10', outcome: 'not_applicable' }),
]

export function verify(
  bundle: VerifyOptions['bundle'],
  options: Partial<VerifyOptions> = {},
): Promise<BundleVerification> {
  return verifyBundle({ bundle, trustRoot: trustKeys([key]), judges: oddJudges, nowMs: NOW_MS, ...options })
}

/** A problem as people read it. */
export interface Told {
  readonly code: string
  readonly message: string
  readonly where: string
}

/** What is wrong. Insists that it is EvidenceErrors, that the bundle is refused, and that nothing of it counts. */
export async function problemsOf(
  bundle: VerifyOptions['bundle'],
  options: Partial<VerifyOptions> = {},
): Promise<Told[]> {
  const result = await verify(bundle, options)
  invariant(!result.ok && result.verified.length === 0, 'a bundle with a problem is refused as a whole')
  invariant(
    result.problems.every((problem) => problem instanceof EvidenceError),
    'every problem is an EvidenceError',
  )
  return result.problems.map(({ code, message, where }) => ({ code, message, where }))
}

/** Codes of what is wrong, as `problemsOf`. */
export async function refusals(
  bundle: VerifyOptions['bundle'],
  options: Partial<VerifyOptions> = {},
): Promise<string[]> {
  return (await problemsOf(bundle, options)).map((problem) => problem.code)
}

/** Paths of a bundle's envelopes, in the order of the evidence that it was built of. */
export function envelopesOf(files: ReadonlyMap<string, Uint8Array>): string[] {
  return [...files.keys()].filter((path) => path.startsWith(`${ENVELOPES}/`))
}

/** Entries of a bundle's ledger. */
export function entriesOf(files: ReadonlyMap<string, Uint8Array>): string[] {
  return Buffer.from(files.get(LEDGER_ENTRIES) as Uint8Array)
    .toString()
    .trim()
    .split('\n')
}

/** The index changed and left outside the ledger, as somebody without the key could do. */
export function relist(
  files: Map<string, Uint8Array>,
  change: (index: Record<string, Json>) => Record<string, Json>,
): Map<string, Uint8Array> {
  const index = strictParse(files.get(BUNDLE_FILE) as Uint8Array) as Record<string, Json>
  return new Map(files).set(BUNDLE_FILE, Buffer.from(canonicalize(change(index))))
}

/** `judge` for every control. */
export const judgesOf = (judge: object) => (): AnyJudge => judge as AnyJudge
