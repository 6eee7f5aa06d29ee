// Goal: what was known survives the process, and nothing that is broken on disk is ever shown.
// Method: a real folder, written by one store, damaged, and read by the next one.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DiskStore } from '../src/server/disk-store.ts'
import { type Folder, temporaryFolder } from './site.ts'

let folder: Folder
let problems: string[] = []

beforeEach(async () => {
  folder = await temporaryFolder()
  problems = []
})
afterEach(() => folder.remove())

function open(path = folder.path): Promise<DiskStore> {
  return DiskStore.open({ folder: path, onProblem: (problem) => problems.push(problem) })
}

async function onlyFile(): Promise<string> {
  const [name = '', ...more] = await readdir(folder.path)
  expect(more).toEqual([])
  return join(folder.path, name)
}

describe('the store of what was known', () => {
  it('gives the next process what this one knew', async () => {
    const first = await open()
    first.set('post:a', { title: 'A', list: [1, null] })
    first.set('post:b', { title: 'B' })
    first.delete('post:b')
    expect(first.get('post:a')).toEqual({ title: 'A', list: [1, null] })
    await first.flush()
    const second = await open()
    expect([second.get('post:a'), second.get('post:b'), second.size]).toEqual([
      { title: 'A', list: [1, null] },
      undefined,
      1,
    ])
    expect(problems).toEqual([])
  })

  it('keeps the last of many changes', async () => {
    const store = await open()
    for (let version = 0; version < 200; version += 1) store.set('post:a', { version })
    await store.flush()
    expect((await open()).get('post:a')).toEqual({ version: 199 })
  })

  it.each([
    ['a flipped byte', (text: string) => text.replace('"A"', '"B"')],
    ['half a file', (text: string) => text.slice(0, text.length / 2)],
    ['another form', (text: string) => text.replace('"form":1', '"form":2')],
    ['nothing', () => ''],
  ])('forgets an entry that is damaged: %s', async (_what, damage) => {
    const store = await open()
    store.set('post:a', { title: 'A' })
    await store.flush()
    const file = await onlyFile()
    await writeFile(file, damage(await readFile(file, 'utf8')))
    const next = await open()
    expect([next.get('post:a'), next.size]).toEqual([undefined, 0])
    expect(problems.length).toBe(1)
    expect(await readdir(folder.path)).toEqual([])
  })

  it('clears away what a process left that ended while it wrote, and leaves what is not its own', async () => {
    await writeFile(join(folder.path, 'x.json.17.tmp'), 'half')
    await writeFile(join(folder.path, 'readme.txt'), 'mine')
    await open()
    expect(await readdir(folder.path)).toEqual(['readme.txt'])
  })

  it('never lets a key name a file', async () => {
    const store = await open()
    store.set('../../outside', 1)
    await store.flush()
    expect(await onlyFile()).toMatch(/\/[0-9a-f]{64}\.json$/)
  })

  it('holds 500 entries: the oldest give way, on disk too', async () => {
    const store = await open()
    for (let index = 0; index < 520; index += 1) store.set(`post:${index}`, index)
    await store.flush()
    expect([store.size, store.get('post:19'), store.get('post:20')]).toEqual([500, undefined, 20])
    expect((await readdir(folder.path)).length).toBe(500)
  })

  it('lets what is preferred stay longest', async () => {
    const store = await open()
    for (let index = 0; index < 500; index += 1) store.set(`post:${index}`, index)
    for (const key of ['post:0', 'post:1', 'nobody']) store.prefer(key)
    for (let index = 500; index < 510; index += 1) store.set(`post:${index}`, index)
    await store.flush()
    expect([store.size, store.get('post:0'), store.get('post:1'), store.get('post:2')]).toEqual([500, 0, 1, undefined])
  })

  it('holds 16 Mi characters: the oldest give way, on disk too', async () => {
    const store = await open()
    const text = 'x'.repeat(3 << 20)
    for (let index = 0; index < 6; index += 1) store.set(`post:${index}`, text + String(index))
    store.delete('post:5')
    store.set('post:6', text)
    await store.flush()
    expect([...store.keys()]).toEqual(['post:1', 'post:2', 'post:3', 'post:4', 'post:6'])
    expect((await readdir(folder.path)).length).toBe(5)
    expect([...(await open()).keys()]).toEqual(['post:1', 'post:2', 'post:3', 'post:4', 'post:6'])
  })

  it('goes on in memory where the folder can’t be used', async () => {
    const file = join(folder.path, 'a-file')
    await writeFile(file, '')
    const store = await open(file)
    store.set('post:a', 1)
    await store.flush()
    expect([store.get('post:a'), problems.length > 0]).toEqual([1, true])
  })
})
