// Goal: whoever runs backups and restores gets to all that they need, and a restore happens only when somebody asks for it.
// Method: what the scripts read is compared with what compose.yaml and the manifests give them. What they do is in roles.test.ts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { compose, type Manifest, manifests, read, reference, templateOf } from './operations-files.ts'

/** Variables that the commands need and the scripts do not make. */
const STORE = ['S3_ENDPOINT', 'S3_REGION', 'S3_BUCKET', 'S3_ACCESS_KEY_ID']
const KEYS_OF_BACKUP = [
  ...(
    /^ *\| `backup` +\|(.*)\|$/m.exec(readFileSync(join(reference, 'docs', 'deployment.md'), 'utf8'))?.[1] ?? ''
  ).matchAll(/`(\w+)`/g),
].map(([, name]) => name ?? '')
const secretsOf = (script: string): string[] =>
  [...read('backup', script).matchAll(/\$secrets\/(\w+)/g)].map(([, name]) => name ?? '').toSorted()

const all = manifests()
const named = (kind: string, name: string): Manifest => {
  const found = all.find((one) => one.kind === kind && one.metadata.name === name)
  if (!found) throw new Error(`there is no ${kind} ${name}`)
  return found
}
/** Where PostgreSQL and the store are, in compose.yaml. */
const { services } = compose()

describe.each(['backup', 'restore'] as const)('%s', (name) => {
  const secrets = secretsOf(`run-${name}.sh`)
  const pod = templateOf(named(name === 'backup' ? 'CronJob' : 'Job', name))!.spec
  const [container] = pod.containers

  it('is given by compose.yaml what its script reads, only when it is asked for', () => {
    const service = services[name]!
    expect(service.profiles).toEqual([name])
    expect(service.secrets?.toSorted()).toEqual(secrets)
    expect(Object.keys(service.environment ?? {})).toEqual(STORE)
    for (const other of ['postgres', 'objects'])
      expect(service.networks?.some((network) => services[other]?.networks?.includes(network))).toBe(true)
    // Whatever starts first builds it.
    expect(service.build?.dockerfile).toBe('apps/reference/operations/backup.Dockerfile')
    expect(service.image).toBe(container?.image)
  })

  it('is given by the cluster what its script reads', () => {
    expect(container?.env?.map((one) => one.name)).toEqual(STORE)
    const mount = container?.volumeMounts.find((one) => one.mountPath === '/run/secrets')
    const volume = pod.volumes.find((one) => one.name === mount?.name)
    // The secret of backups is mounted as it is, with the names that docs/deployment.md gives its keys.
    const items = volume?.projected?.sources.flatMap(({ secret }) => secret.items ?? [])
    const paths = items?.map((one) => one.path) ?? (volume?.secret?.secretName === 'backup' ? KEYS_OF_BACKUP : [])
    expect(paths.toSorted()).toEqual(secrets)
    const backups = container?.volumeMounts.find((one) => one.mountPath === '/backups')
    expect(pod.volumes.find((one) => one.name === backups?.name)?.persistentVolumeClaim?.claimName).toBe('backups')
    expect(backups?.readOnly ?? false).toBe(name === 'restore')
  })
})

describe('a restore', () => {
  it('has the logins that own, and a backup those that only read', () => {
    expect(secretsOf('run-restore.sh').filter((one) => one.includes('url'))).toEqual([
      'content_owner_url',
      'platform_owner_url',
    ])
    expect(secretsOf('run-backup.sh').filter((one) => one.includes('url'))).toEqual([
      'content_backup_url',
      'platform_backup_url',
    ])
  })

  it('is not applied with the rest: nothing of it is in the numbered files', () => {
    const of = all.filter((one) => one.metadata.name === 'restore')
    expect(of.map((one) => one.kind)).toEqual(['ServiceAccount', 'NetworkPolicy', 'Job'])
    expect(new Set(of.map((one) => one.file))).toEqual(new Set(['by-hand/restore.yaml']))
    expect(of.find((one) => one.kind === 'Job')?.spec).toMatchObject({ backoffLimit: 0 })
  })

  it('reaches in the cluster what a backup reaches', () => {
    const egress = (name: string): unknown =>
      (named('NetworkPolicy', name).spec as unknown as { egress: unknown }).egress
    expect(egress('restore')).toEqual(egress('backup'))
  })
})

it('a backup that lacks media is not tried again at once, and is a failure all the same', () => {
  const job = (named('CronJob', 'backup').spec as unknown as { jobTemplate: { spec: unknown } }).jobTemplate.spec
  const rules = [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [65] } }]
  expect(job).toMatchObject({ podFailurePolicy: { rules }, backoffLimit: 2 })
})
