import { readFile, stat } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { resolve } from 'node:path'
import { GreengateError } from '@greengate/contracts'
import { verifyBundle } from '@greengate/evidence/verify'
import { oneLine } from '@greengate/reports/text'
import type { Command } from '../command.ts'
import { lookUpJudge } from '../check/history.ts'
import { latestBundle } from '../latest-bundle.ts'
import { loadTrustRoot } from '../trust-root.ts'

const USAGE = `Usage: greengate verify [DIR] (--trust-root FILE | --key FILE) [--json]

Verifies an evidence bundle offline: signatures, ledger, order and completeness; and judges every stored observation again.
  DIR               the bundle; default: the newest run of this project
  --trust-root FILE whose signatures count
  --key FILE        one public key (PEM) whose signatures count, instead of a trust root
  --subject DIGEST  what the evidence must be about`

export const verify: Command = {
  name: 'verify',
  summary: 'verifies evidence offline and judges the stored observations again',
  usage: USAGE,
  async run(args, io) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'trust-root': { type: 'string' },
        key: { type: 'string' },
        subject: { type: 'string' },
        json: { type: 'boolean' },
      },
    })
    const dir = positionals[0] === undefined ? await latestBundle(io.cwd) : resolve(io.cwd, positionals[0])
    if (!(await stat(dir).catch(() => null))?.isDirectory())
      throw new GreengateError('EVIDENCE_INVALID', 'There is no evidence here: nothing was proved.', {
        where: dir,
        fix: 'Name the folder of a run: .greengate/runs/… of the project that was judged.',
      })
    const trustRoot = await keysFrom(values['trust-root'], values.key, io.cwd)
    const result = await verifyBundle({
      bundle: dir,
      trustRoot,
      judges: lookUpJudge,
      nowMs: Date.now(),
      ...(values.subject === undefined ? {} : { subject: { digest: values.subject } }),
    })
    // What proves nothing is no evidence.
    const isEvidence = result.ok && result.envelopes.length > 0
    if (values.json) {
      const problems = result.problems.map((problem) => ({
        code: problem.code,
        message: problem.message,
        where: problem.where,
      }))
      io.stdout.write(
        `${JSON.stringify({ ok: isEvidence, problems, checkpoint: result.checkpoint, envelopes: result.envelopes.map(({ problem: _problem, ...rest }) => rest) }, null, 2)}\n`,
      )
      return isEvidence ? 0 : 1
    }
    for (const envelope of result.envelopes) {
      io.stdout.write(
        `${envelope.status.padEnd(9)} ${oneLine(envelope.control) || '?'}  ${oneLine(envelope.outcome).padEnd(14)} ${envelope.digest}\n`,
      )
    }
    for (const problem of result.problems)
      io.stderr.write(
        `greengate: ${oneLine(problem.message)}\n  where: ${oneLine(problem.where)}\n  code:  ${problem.code}\n`,
      )
    const judged = result.envelopes.filter((envelope) => envelope.status === 'verified').length
    io.stdout.write(
      isEvidence
        ? `Verified: ${judged} of ${result.envelopes.length} statements, judged again with the same outcomes.\n`
        : 'Not verified: this evidence opens nothing. Get the whole bundle from where it was made, or run `greengate check` again.\n',
    )
    return isEvidence ? 0 : 1
  },
}

async function keysFrom(
  trustRoot: string | undefined,
  key: string | undefined,
  cwd: string,
): Promise<Pick<import('@greengate/contracts').TrustRoot, 'keys'>> {
  if (trustRoot !== undefined) return loadTrustRoot(resolve(cwd, trustRoot))
  if (key === undefined)
    throw new GreengateError('USAGE', 'It is not said whose signatures count.', {
      fix: 'Name --trust-root or --key; `greengate trust` prints your own.',
    })
  const file = resolve(cwd, key)
  const pem = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new GreengateError('TRUST_ROOT_INVALID', `The key can't be read: ${error.code}.`, {
      where: file,
      cause: error,
    })
  })
  const { readPublicKey } = await import('@greengate/evidence')
  try {
    const known = readPublicKey(pem)
    return { keys: [{ keyid: known.keyid, publicKey: known.pem, trust: 'local' }] }
  } catch (error) {
    throw new GreengateError('TRUST_ROOT_INVALID', 'It is not an Ed25519 public key in PEM.', {
      where: file,
      cause: error,
    })
  }
}
