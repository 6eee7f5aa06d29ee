// Goal: a process that writes temporary files has a place for them where its file system is read-only, with room for all it may hold at once.
// Method: the sources are searched for whoever asks for the folder; compose.yaml and the manifests are compared with the limits that the
// code has. Nothing is mounted here.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { bytesOf, compose, manifests, reference, SERVICES, type ServiceName, templateOf } from './operations-files.ts'

/** A number that a file of a service gives a name. @throws Error when it is not there any more */
function numberIn(path: string, name: string): number {
  const found = new RegExp(`^(?:export )?const ${name} = ([\\d_]+)$`, 'm').exec(readFileSync(path, 'utf8'))?.[1]
  if (found === undefined) throw new Error(`${path} has no ${name}: say here anew how much it may hold at once`)
  return Number(found.replaceAll('_', ''))
}

/** Bytes that the content service holds at the most: uploads that it reads back, each as large as a video may be. */
async function contentHolds(): Promise<number> {
  const src = join(reference, 'content', 'src')
  const kinds = (await import(pathToFileURL(join(src, 'media-kinds.ts')).href)) as {
    BYTES_MAX: Readonly<Record<string, number>>
  }
  const largest = Math.max(...Object.values(kinds.BYTES_MAX))
  // One more: somebody may run the audit of media beside it, in the same container.
  return (numberIn(join(src, 'uploads.ts'), 'VERIFIED_AT_ONCE') + 1) * largest
}

/** How much each service that writes temporary files may hold at once; bytes. */
const HOLDS: Partial<Record<ServiceName, () => Promise<number>>> = { content: contentHolds }

const writing = SERVICES.filter((service) => {
  const src = join(reference, service, 'src')
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .some((name) => /\b(?:tmpdir|mkdtemp)\w*\(/.test(readFileSync(join(src, name), 'utf8')))
})

it('names every service that writes temporary files, and how much it may hold', () => {
  expect(writing).toEqual(Object.keys(HOLDS))
  expect(writing.length).toBeGreaterThan(0)
})

describe.each(writing)('%s', (service) => {
  const holds = HOLDS[service]!
  const deployment = manifests().find((one) => one.kind === 'Deployment' && one.metadata.name === service)!
  const pod = templateOf(deployment)!.spec
  const container = pod.containers[0]!

  it('has room for them in a pod', async () => {
    const mount = container.volumeMounts.find((one) => one.mountPath === '/tmp')
    expect(mount).toBeDefined()
    expect(mount?.readOnly ?? false).toBe(false)
    const volume = pod.volumes.find((one) => one.name === mount?.name)
    expect(volume?.emptyDir?.sizeLimit).toMatch(/^\d+[MG]i$/)
    expect(bytesOf(volume?.emptyDir?.sizeLimit ?? '0')).toBeGreaterThanOrEqual(await holds())
    // On the node's disk: in memory it would count to what the process may take.
    expect(volume?.emptyDir).not.toHaveProperty('medium')
  })

  it('has room for them in compose.yaml, and memory besides what the process takes', async () => {
    const { tmpfs = [], deploy } = compose().services[service]!
    const size = bytesOf(/^\/tmp:size=(\w+)$/.exec(tmpfs.find((one) => one.startsWith('/tmp:')) ?? '')?.[1] ?? '0')
    expect(size).toBeGreaterThanOrEqual(await holds())
    // What is in a tmpfs is memory of the container.
    const own = bytesOf(container.resources.limits.memory)
    expect(bytesOf(deploy?.resources.limits.memory ?? '0')).toBeGreaterThanOrEqual(own + size)
  })
})
