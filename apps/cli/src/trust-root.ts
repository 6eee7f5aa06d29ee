import { readFile } from 'node:fs/promises'
import { GreengateError, type TrustRoot, trustRootSchema } from '@greengate/contracts'

/** Reads a trust root. @throws GreengateError TRUST_ROOT_INVALID */
export async function loadTrustRoot(file: string): Promise<TrustRoot> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new GreengateError(
      'TRUST_ROOT_INVALID',
      `The trust root can't be read: ${error instanceof Error ? error.message : String(error)}`,
      { where: file, cause: error },
    )
  }
  const parsed = trustRootSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new GreengateError('TRUST_ROOT_INVALID', `The trust root is not one: ${issue?.message ?? 'unknown shape'}`, {
    where: `${file} at ${issue?.path.join('.') || 'its top'}`,
  })
}
