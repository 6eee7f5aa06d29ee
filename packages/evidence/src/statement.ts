import { type Evidence, EVIDENCE_PREDICATE_TYPE, evidenceSchema, type Json } from '@greengate/contracts'
import { z } from 'zod'
import { hexOf } from './bundle.ts'
import { EvidenceError } from './errors.ts'

/** in-toto Statement v1: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1'

/** A digest as in-toto writes it. */
export const sha256Schema = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) })

/** A thing that a statement is about: a name and its digest. */
export const subjectsSchema = z.array(z.strictObject({ name: z.string().min(1), digest: sha256Schema })).min(1)

export interface Statement<P = Json> {
  readonly _type: typeof STATEMENT_TYPE
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[]
  readonly predicateType: string
  readonly predicate: P
}

/** A statement of any predicate about subjects known by their SHA-256. */
export function statementOf<P>(
  subject: { name: string; digest: string },
  predicateType: string,
  predicate: P,
): Statement<P> {
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name: subject.name, digest: { sha256: hexOf(subject.digest) } }],
    predicateType,
    predicate,
  }
}

/** The statement that is signed for one control, target and run. */
export function evidenceStatement(evidence: Evidence): Statement<Evidence> {
  return statementOf(evidence.subject, EVIDENCE_PREDICATE_TYPE, evidence)
}

export const evidenceStatementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: subjectsSchema.length(1),
  predicateType: z.literal(EVIDENCE_PREDICATE_TYPE),
  predicate: evidenceSchema,
})

/** Whether something is JSON is settled by `strictParse`: asking again, value by value, would cost most of a verification. */
const parsedJson = z.custom<Evidence['observation']>()
const storedStatementSchema = evidenceStatementSchema.extend({
  predicate: evidenceSchema.extend({ observation: parsedJson, params: parsedJson }),
})

/**
 * The evidence in a statement that `strictParse` returned; the statement's subject must be the evidence's own.
 *
 * @throws EvidenceError STATEMENT_MALFORMED, SUBJECT_FOREIGN
 */
export function parseEvidence(statement: Json): Evidence {
  const parsed = storedStatementSchema.safeParse(statement)
  if (!parsed.success) {
    throw new EvidenceError(
      'STATEMENT_MALFORMED',
      `It is not a statement of evidence: ${z.prettifyError(parsed.error)}`,
    )
  }
  const evidence = parsed.data.predicate
  const [subject] = parsed.data.subject
  if (subject?.name !== evidence.subject.name || `sha256:${subject.digest.sha256}` !== evidence.subject.digest) {
    throw new EvidenceError('SUBJECT_FOREIGN', 'The statement names another subject than the evidence in it.')
  }
  return evidence
}
