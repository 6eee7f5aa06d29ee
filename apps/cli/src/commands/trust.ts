import { parseArgs } from 'node:util'
import { resolve } from 'node:path'
import { POLICIES, policyByName } from '@greengate/controls/standards'
import type { Json, TrustRoot } from '@greengate/contracts'
import { digestOf } from '@greengate/evidence'
import { startSigner } from '@greengate/evidence/sign'
import type { Command } from '../command.ts'
import { signingKeyFile } from '../check/keys.ts'
import { readPolicy } from '../check/select.ts'

export const trust: Command = {
  name: 'trust',
  summary: 'prints a trust root with your own key, for authorize, deploy and verify',
  usage: `Usage: greengate trust [--environment NAME] [--policy NAME|FILE] [--rollback-policy NAME|FILE]

Prints a trust root that accepts this user's key and names the policy for one environment. Keep it where the people whose
releases are judged can't change it.`,
  async run(args, io) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        environment: { type: 'string', default: 'production' },
        policy: { type: 'string', default: 'baseline' },
        'rollback-policy': { type: 'string' },
      },
    })
    const signer = await startSigner({ keyFile: signingKeyFile(io.env), createIfMissing: true })
    try {
      const promote = await digestOfPolicy(values.policy, io.cwd)
      const rollback =
        values['rollback-policy'] === undefined ? promote : await digestOfPolicy(values['rollback-policy'], io.cwd)
      const root: TrustRoot = {
        schema: 'greengate/trust-root/v1',
        keys: [{ keyid: signer.keyid, publicKey: signer.publicKeyPem, trust: 'local' }],
        environments: { [values.environment]: { promote, rollback } },
        ledgers: [],
      }
      io.stdout.write(`${JSON.stringify(root, null, 2)}\n`)
      return 0
    } finally {
      await signer.close()
    }
  },
}

async function digestOfPolicy(name: string, cwd: string): Promise<`sha256:${string}`> {
  const policy = POLICIES.some((known) => known === name) ? policyByName(name) : await readPolicy(resolve(cwd, name))
  return digestOf(policy as unknown as Json)
}
