import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ServiceError } from '@greengate/kit/errors'
import { type AnyRoute, type RouteAnswer, routesFor } from '@greengate/kit/http'
import { z } from 'zod'
import type { Asset, Build } from '../build/build-description.ts'
import { acceptedEncoding } from './encoding.ts'

interface Held {
  readonly asset: Asset
  readonly identity: Buffer
  readonly br: Buffer | null
  readonly gzip: Buffer | null
}

const YEAR_S = 31_536_000
const BYTES_MAX = 64 << 20
/** A page with all that belongs to it is a dozen requests, and they are served from memory. */
const RATE_PER_MIN = 3000
/** Within this many seconds an icon that was changed may still be the old one. */
const ICON_AGE_S = 86_400

const route = routesFor<never>()

/**
 * The files of a build, read once: what is not among them does not exist, and no address ever reaches the disk.
 */
export class StaticFiles {
  readonly #files: ReadonlyMap<string, Held>

  private constructor(files: ReadonlyMap<string, Held>) {
    this.#files = files
  }

  /** @throws RangeError for more than 64 MiB, Error for a file that is missing */
  static async read(folder: string, build: Build): Promise<StaticFiles> {
    const files = new Map<string, Held>()
    let bytes = 0
    for (const asset of build.assets) {
      const { identity, br, gz } = asset.files
      const held = {
        asset,
        identity: await readFile(join(folder, 'client', identity)),
        br: br === null ? null : await readFile(join(folder, 'client', br)),
        gzip: gz === null ? null : await readFile(join(folder, 'client', gz)),
      }
      bytes += held.identity.length + (held.br?.length ?? 0) + (held.gzip?.length ?? 0)
      if (bytes > BYTES_MAX) throw new RangeError(`the build has more than ${BYTES_MAX} bytes of files`)
      files.set(asset.path, held)
    }
    return new StaticFiles(files)
  }

  /** @throws ServiceError `not_found` */
  answer(
    path: string,
    header: (name: string) => string | undefined,
    more: Readonly<Record<string, string>>,
  ): RouteAnswer {
    const held = this.#files.get(path)
    if (!held) throw new ServiceError('not_found', { stack: false })
    const { asset } = held
    const wanted = acceptedEncoding(header('accept-encoding'))
    const bytes = wanted === 'identity' ? null : held[wanted]
    const etag = bytes ? `"${asset.etag}-${wanted}"` : `"${asset.etag}"`
    const headers = {
      etag,
      'cache-control': cacheControl(asset),
      ...(held.br || held.gzip ? { vary: 'Accept-Encoding' } : {}),
      ...more,
    }
    if (matchesTag(header('if-none-match'), etag)) return { status: 304, headers }
    const encoding: Record<string, string> = bytes ? { 'content-encoding': wanted } : {}
    return {
      status: 200,
      body: bytes ?? held.identity,
      headers: { ...headers, ...encoding, 'content-type': asset.type },
    }
  }
}

function cacheControl({ immutable, path }: Asset): string {
  if (immutable) return `public, max-age=${YEAR_S}, immutable`
  return path.startsWith('/icons/') ? `public, max-age=${ICON_AGE_S}` : 'no-cache'
}

function matchesTag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false
  const tags = header.slice(0, 1000).split(',')
  return tags.some((tag) => tag.trim().replace(/^W\//, '') === etag || tag.trim() === '*')
}

const fileName = z.object({
  // It is looked up in a list; whatever is not in there is not found.
  name: z
    .string()
    .max(200)
    .meta({ description: 'Name of a file of the build', examples: ['icon-192.png'] }),
})

/** @param workerPolicy the service worker asks for what pages ask for, and runs under the policy of its own answer */
export function staticRoutes(files: StaticFiles, workerPolicy: string): AnyRoute[] {
  const inFolder = (folder: string, id: string, summary: string): AnyRoute =>
    route({
      id,
      method: 'GET',
      path: `/${folder}/{name}`,
      access: 'public',
      tag: 'files',
      ratePerMin: RATE_PER_MIN,
      summary,
      params: fileName,
      answers: {
        200: { description: 'The file', contentType: 'application/octet-stream' },
        304: { description: 'The caller has it' },
      },
      errors: ['not_found'],
      handler: ({ params, header }) => files.answer(`/${folder}/${params.name}`, header, {}),
    })
  const single = (path: string, id: string, type: string, more: Readonly<Record<string, string>> = {}): AnyRoute =>
    route({
      id,
      method: 'GET',
      path,
      access: 'public',
      tag: 'files',
      ratePerMin: RATE_PER_MIN,
      summary: `The file ${path.slice(1)}`,
      answers: { 200: { description: 'The file', contentType: type }, 304: { description: 'The caller has it' } },
      errors: [],
      handler: ({ header }) => files.answer(path, header, more),
    })
  return [
    inFolder('assets', 'getAsset', 'Code of the client; its name changes with its content'),
    inFolder('icons', 'getIcon', 'An icon of the site'),
    single('/favicon.svg', 'getFavicon', 'image/svg+xml'),
    single('/manifest.webmanifest', 'getManifest', 'application/manifest+json'),
    single('/service-worker.js', 'getServiceWorker', 'text/javascript', { 'content-security-policy': workerPolicy }),
  ]
}
