// Goal: a build is made once for its inputs, whole or not at all, and stays small.
// Method: the build of this tree, and digests and pictures on their own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { buildSite } from '../src/build/build-site.ts'
import { webRoot } from '../src/build/current-build.ts'
import { inputDigest } from '../src/build/digest.ts'
import { icons } from '../src/build/icon.ts'
import { pngOf } from '../src/build/png.ts'
import { type Folder, temporaryFolder } from './site.ts'

let folder: Folder
beforeEach(async () => {
  folder = await temporaryFolder()
})
afterEach(() => folder.remove())

/** Whether a build is at work, and has written something. */
function started(dist: string): boolean {
  return readdirSync(dist).some((name) => name.startsWith('making-') && existsSync(join(dist, name, 'client')))
}

describe('the build', () => {
  it('is made once, by whoever comes first', async () => {
    const dist = join(folder.path, 'dist')
    const [one, other] = await Promise.all([buildSite(webRoot, dist), buildSite(webRoot, dist)])
    expect(one.build.release).toBe(other.build.release)
    expect((await buildSite(webRoot, dist)).made).toBe(false)
    expect((await readdir(dist)).toSorted()).toEqual([one.build.release, 'current.json'].toSorted())
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('leaves nothing behind when it is told to end by %s', async (signal, code) => {
    let ended: number | null = null
    // A build that was done before the signal came says nothing.
    for (let attempt = 0; attempt < 5 && ended !== code; attempt += 1) {
      const dist = join(folder.path, `dist-${attempt}`)
      await mkdir(dist)
      const child = spawn(process.execPath, [join(webRoot, 'src/build/build.ts'), dist], { stdio: 'ignore' })
      const exit = once(child, 'exit')
      await expect.poll(() => started(dist) || child.exitCode !== null, { interval: 5, timeout: 60_000 }).toBe(true)
      child.kill(signal)
      await exit
      ended = child.exitCode
      expect((await readdir(dist)).filter((name) => name.startsWith('making-'))).toEqual([])
    }
    expect(ended).toBe(code)
  })

  it('knows what every route needs, and keeps the first visit small', async () => {
    const { build } = await buildSite()
    const sizes = new Map(build.assets.map(({ path, bytes }) => [path, bytes.br ?? bytes.identity]))
    const home = [build.entry, ...build.preload, ...(build.pages['home']?.scripts ?? [])]
    expect(home.filter((path) => !sizes.has(path))).toEqual([])
    // What the first visit costs besides its HTML: the goal for all of it is 100 kB.
    expect(home.reduce((sum, path) => sum + (sizes.get(path) ?? 0), 0)).toBeLessThan(88_000)
    expect(Object.keys(build.pages).length).toBeGreaterThanOrEqual(18)
    // Pages of the app come when somebody goes there.
    const app = (build.pages['members']?.scripts ?? []).filter((path) => home.includes(path))
    expect(app).toEqual([])
  })

  it('serves nothing that a name does not tell from its next version, but for what must have its name', async () => {
    const { build } = await buildSite()
    const fixed = build.assets.filter(({ immutable }) => !immutable).map(({ path }) => path)
    expect(fixed.filter((path) => !path.startsWith('/icons/')).toSorted()).toEqual([
      '/favicon.svg',
      '/manifest.webmanifest',
      '/service-worker.js',
    ])
    expect(build.assets.filter(({ path }) => path.endsWith('.map'))).toEqual([])
  })
})

describe('the digest of the inputs', () => {
  async function digest(files: Readonly<Record<string, string>>, tools: readonly string[] = []): Promise<string> {
    const root = join(folder.path, String(Math.random()))
    await mkdir(join(root, 'src'), { recursive: true })
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, 'src', name), text)
    return inputDigest(root, ['src'], tools)
  }

  it('is the same for the same, and changes with any name, content or tool', async () => {
    const same = await digest({ a: '1', b: '2' })
    expect(await digest({ b: '2', a: '1' })).toBe(same)
    const others = [
      await digest({ a: '1', b: '3' }),
      await digest({ a: '1', c: '2' }),
      await digest({ a: '1' }),
      await digest({ a: '1', b: '2' }, ['vite 8']),
    ]
    expect(new Set([same, ...others]).size).toBe(5)
  })
})

describe('icons', () => {
  function pixels(png: Buffer): { width: number; height: number; at: (x: number, y: number) => number[] } {
    const width = png.readUInt32BE(16)
    const height = png.readUInt32BE(20)
    const start = png.indexOf('IDAT') + 4
    const rows = inflateSync(png.subarray(start, start + png.readUInt32BE(start - 8)))
    return { width, height, at: (x, y) => [...rows.subarray(y * (width * 4 + 1) + 1 + x * 4).subarray(0, 4)] }
  }

  it('have the size of their name, corners, and a mark', () => {
    const all = icons()
    for (const [name, size] of [
      ['icon-192.png', 192],
      ['icon-512.png', 512],
      ['icon-maskable-512.png', 512],
      ['apple-touch-icon.png', 180],
    ] as const) {
      const png = pixels(all[name] ?? Buffer.alloc(0))
      expect([name, png.width, png.height]).toEqual([name, size, size])
      expect(png.at(size / 2, Math.round(size * 0.6))).toEqual([255, 255, 255, 255])
    }
    // One that the system cuts itself has no corners of its own.
    expect(pixels(all['icon-192.png'] ?? Buffer.alloc(0)).at(0, 0)[3]).toBe(0)
    expect(pixels(all['icon-maskable-512.png'] ?? Buffer.alloc(0)).at(0, 0)).toEqual([15, 122, 92, 255])
  })

  it('are refused when the pixels don’t fit', () => {
    expect(() => pngOf(2, 2, new Uint8Array(15))).toThrow(RangeError)
  })
})
